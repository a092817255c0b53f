"""Help with a post from outside its chapter: ask, take, hand back, end, thank.

The only writer of HelpRequest and Thanks. Whoever helps sees the post while the request is open, says
something of it, and can do nothing else to it. Lock order: post, request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import SYSTEM, Actor
from chapters.models import Chapter, Membership, User, Volunteer
from chapters.notices import members_who_can
from chapters.permissions import Action, can
from playbooks import proposals
from playbooks.models import Proposal
from posts import telling_help as telling
from posts.models import HelpRequest, Post, Review, Thanks
from posts.problems import NotYours, Refused

THANKS_SHOWN = 10
OUT = frozenset({Post.Status.PUBLISHING, Post.Status.PUBLISHED})


# ---- asking


@transaction.atomic
def ask_help(
    *,
    post: Post,
    of_chapter: Chapter | None,
    by: Actor,
    note: str = "",
    may_approve: bool = False,
    wanted_by: datetime | None = None,
    language: str = "",
) -> HelpRequest:
    """Ask another chapter, usually the central team, to look at a post; from then on they can see it.

    Without `of_chapter` any volunteer who reads `language` (else the chapter's) may take the request, and
    only who takes it sees the post. They advise: an approval is asked of a chapter by name. Raises Refused.
    """
    post = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post.pk)
    _require_askable(post, of_chapter, may_approve, wanted_by)
    request, made = HelpRequest.objects.get_or_create(
        post=post,
        of_chapter=of_chapter,
        closed_at=None,
        defaults={
            "asked_by": by.user, "note": note, "may_approve": may_approve, "wanted_by": wanted_by,
            "language": (language or post.chapter.language) if of_chapter is None else "",
        },
    )  # fmt: skip
    if not made:
        if of_chapter is None:
            raise Refused(_("The volunteers have been asked already."))
        raise Refused(_("%(chapter)s has been asked already.") % {"chapter": of_chapter.name})
    events.record(
        "asked_help", post, chapter=post.chapter, by=by, of=request.asked_of, may_approve=may_approve
    )
    telling.help_asked(request, _people_asked(request))
    return request


def _require_askable(
    post: Post, of_chapter: Chapter | None, may_approve: bool, wanted_by: datetime | None
) -> None:
    if post.status in OUT:
        raise Refused(_("This post is on its way or out already."))
    if wanted_by is not None and wanted_by <= timezone.now():
        raise Refused(_("That time has passed. Choose a later one, or none."))
    if of_chapter is None:
        if may_approve:
            raise Refused(_("Volunteers advise. For an approval ask the central team or a chapter by name."))
        return
    if of_chapter.pk == post.chapter_id:
        raise Refused(_("This is your own chapter's post. Submit it for review instead."))
    if of_chapter.state == Chapter.State.LEFT:
        raise Refused(_("%(chapter)s is no longer here. Ask another chapter.") % {"chapter": of_chapter.name})


def _people_asked(request: HelpRequest) -> list[tuple[Chapter, list[User]]]:
    """Who is told of a new request, by chapter: the helpers of the one asked, or the volunteers it suits."""
    if request.of_chapter is not None:
        return [(request.of_chapter, members_who_can(request.of_chapter, Action.HELP))]
    suited = volunteers_for(request.post.chapter)
    speaking = [each for each in suited if request.language in each.volunteer.languages]
    by_chapter = groupby(speaking, key=lambda each: each.chapter)
    return [(chapter, [each.user for each in members]) for chapter, members in by_chapter]


def volunteers_for(asking: Chapter) -> list[Membership]:
    """Who may look at a post of `asking` when it asks any volunteer, whatever languages they read."""
    suited = (
        Membership.objects.filter(volunteer__isnull=False, user__is_active=True)
        .exclude(chapter__kind=Chapter.Kind.CENTRAL)
        .exclude(user__memberships__chapter=asking)
        .select_related("volunteer", "user", "chapter")
        .order_by("chapter_id")
    )
    return [each for each in suited if can(each, Action.HELP)]


# ---- looking


def visible_requests(membership: Membership) -> QuerySet[HelpRequest]:
    """The open requests whose posts this member sees: asked of their chapter, or taken by them for it."""
    return _requests_to(membership).filter(closed_at=None)


def ended_requests(membership: Membership) -> QuerySet[HelpRequest]:
    """The requests to this member that are over: they may know how each ended, and no longer see its post."""
    return _requests_to(membership).filter(closed_at__isnull=False)


def _requests_to(membership: Membership) -> QuerySet[HelpRequest]:
    if not can(membership, Action.HELP):
        return HelpRequest.objects.none()
    mine = Q(of_chapter=membership.chapter_id) | Q(
        of_chapter=None, taken_by=membership.user_id, taken_by_chapter=membership.chapter_id
    )
    return HelpRequest.objects.filter(mine).exclude(post__chapter__state=Chapter.State.LEFT)


def calls_for(membership: Membership) -> QuerySet[HelpRequest]:
    """The requests to any volunteer, in this member's languages, whatever became of them."""
    volunteer = Volunteer.objects.filter(membership=membership).first()
    if volunteer is None or not can(membership, Action.HELP) or membership.chapter.is_central:
        return HelpRequest.objects.none()
    return (
        HelpRequest.objects.filter(of_chapter=None, language__in=volunteer.languages)
        .exclude(post__chapter__memberships__user=membership.user_id)
        .exclude(post__chapter__state=Chapter.State.LEFT)
    )


def open_calls(membership: Membership) -> QuerySet[HelpRequest]:
    """The requests to any volunteer that this member may take: nobody did yet, and in their languages."""
    return calls_for(membership).filter(taken_by=None, closed_at=None)


@transaction.atomic
def take(*, request: HelpRequest, membership: Membership) -> HelpRequest:
    """Take a request that any volunteer may take. The first who does gets it. Raises Refused."""
    if not calls_for(membership).filter(pk=request.pk).exists():
        raise NotYours(_("Volunteers who read the chapter's language take such a request."))
    taken = HelpRequest.objects.filter(pk=request.pk, of_chapter=None, taken_by=None, closed_at=None).update(
        taken_by=membership.user, taken_by_chapter=membership.chapter, taken_at=timezone.now()
    )
    request = _read(request)
    if not taken:
        if request.taken_by_id == membership.user_id and request.closed_at is None:
            return request  # the second click of two
        raise Refused(_("Somebody else took it, or it is no longer needed. Nothing is left for you to do."))
    telling.help_over(request)  # the other volunteers' part of it
    by = Actor.person(membership.user)
    events.record("took_help", request.post, chapter=request.post.chapter, by=by, of=membership.chapter.name)
    telling.help_taken(request)
    return request


@transaction.atomic
def hand_back(*, request: HelpRequest, membership: Membership) -> HelpRequest:
    """Somebody who took a request cannot look after all: another volunteer may take it. Raises Refused."""
    freed = HelpRequest.objects.filter(
        pk=request.pk, of_chapter=None, closed_at=None, taken_by=membership.user_id
    ).update(taken_by=None, taken_by_chapter=None, taken_at=None, answered_at=None, answered_by=None)
    if not freed:
        raise Refused(_("This request is not in your hands any more."))
    request = _read(request)
    by = Actor.person(membership.user)
    events.record(
        "handed_back_help", request.post, chapter=request.post.chapter, by=by, of=membership.chapter.name
    )
    return request


# ---- answering


def note_answer(*, post: Post, membership: Membership) -> None:
    """Somebody who was asked said something of the post. In the caller's transaction."""
    if membership.chapter_id != post.chapter_id:
        asked = visible_requests(membership).filter(post=post)
        for request in asked:
            telling.help_over(request)
        asked.update(answered_at=timezone.now(), answered_by=membership.user)


def want_again(*, post: Post) -> None:
    """The post is handed in anew: an approval that counts is wanted again. In the caller's transaction."""
    again = HelpRequest.objects.filter(post=post, closed_at=None, may_approve=True)
    again.update(answered_at=None, answered_by=None)


# ---- ending


@transaction.atomic
def close_help(*, request: HelpRequest, by: Actor) -> None:
    """End a request for help: whoever was asked no longer sees the post."""
    if HelpRequest.objects.filter(pk=request.pk, closed_at=None).update(closed_at=timezone.now()):
        _record_end(request, by)


def end_all(posts: Iterable[Post], *, by: Actor = SYSTEM) -> None:
    """End every open request about `posts`, which are out now. In the caller's transaction."""
    requests = HelpRequest.objects.filter(post__in=[post.pk for post in posts], closed_at=None)
    ending = list(requests.select_related("post__chapter", "of_chapter", "taken_by", "taken_by_chapter"))
    if not ending:
        return
    requests.update(closed_at=timezone.now())
    for request in ending:
        _record_end(request, by)


def end_of(*, post: Post, chapter: Chapter) -> None:
    """The chapter asked has approved the post: its request is answered. In the caller's transaction."""
    answered = HelpRequest.objects.filter(post=post, of_chapter=chapter, closed_at=None)
    for request in answered:
        telling.help_over(request)
    answered.update(closed_at=timezone.now())


def _record_end(request: HelpRequest, by: Actor) -> None:
    events.record("closed_help", request.post, chapter=request.post.chapter, by=by, of=request.asked_of)
    telling.help_over(request)


def approval_of(request: HelpRequest) -> Review | None:
    """The approval that answered a request which is over, if that is how it ended."""
    given = Review.objects.filter(
        post=request.post_id, reviewer_chapter=request.of_chapter_id, verdict=Review.Verdict.APPROVED,
        created_at__range=(request.created_at, request.closed_at or timezone.now()),
    )  # fmt: skip
    return given.select_related("reviewer").last()


def was_ended_by_chapter(request: HelpRequest) -> bool:
    """Whether somebody of the chapter ended the request, and not the post's going out."""
    ends = events.history(request.post).filter(verb="closed_help", at__gte=request.closed_at)
    return ends.order_by("at", "pk").values_list("actor_kind", flat=True).first() != SYSTEM.kind


# ---- thanking


@dataclass(frozen=True)
class Answered:
    """A request that somebody answered: who, and the thanks they got, if any."""

    request: HelpRequest
    people: list[User]
    thanks: Thanks | None


def answered(post: Post, reviews: Iterable[Review]) -> list[Answered]:
    """The requests about a post that brought help, oldest first. Two queries however many there are."""
    related = ("of_chapter", "taken_by", "taken_by_chapter", "thanks")
    requests = list(post.help_requests.select_related(*related).order_by("pk"))
    if not requests:
        return []
    reviews, offered = list(reviews), list(proposals.of(post))
    found = [(request, _who_helped(request, reviews, offered)) for request in requests]
    return [
        Answered(request, people, getattr(request, "thanks", None)) for request, people in found if people
    ]


def _who_helped(request: HelpRequest, reviews: Iterable[Review], offered: Iterable[Proposal]) -> list[User]:
    """Who advised or proposed a wording in answer to the request, each once, in that order."""
    chapter_id = request.of_chapter_id or request.taken_by_chapter_id
    since, until = request.created_at, request.closed_at or timezone.now()
    said = [(each.reviewer, each.reviewer_chapter_id, each.created_at) for each in reviews]
    said += [(each.by, each.by_chapter_id, each.created_at) for each in offered if each.by is not None]
    people = {
        person.pk: person
        for person, of_chapter, at in said
        if of_chapter == chapter_id and since <= at <= until and request.taken_by_id in {None, person.pk}
    }
    return list(people.values())


def thanks_for(membership: Membership) -> QuerySet[Thanks]:
    """The newest thanks to this member, or to their chapter as a whole."""
    found = Thanks.objects.filter(Q(to=membership.user_id) | Q(to=None), to_chapter=membership.chapter_id)
    return found.select_related("by", "by_chapter", "to")[:THANKS_SHOWN]


@transaction.atomic
def thank(*, request: HelpRequest, membership: Membership, text: str = "") -> Thanks:
    """Thank for the help that a request brought, once. Only the two sides see it. Raises Refused."""
    request = _read(request)
    if membership.chapter_id != request.post.chapter_id:
        raise NotYours(_("This is another chapter's post."))
    reviews = request.post.reviews.select_related("reviewer")
    people = _who_helped(request, reviews, proposals.of(request.post))
    to_chapter = request.of_chapter or request.taken_by_chapter
    if not people or to_chapter is None:
        raise Refused(_("Nobody has answered this request yet."))
    thanks, made = Thanks.objects.get_or_create(
        request=request,
        defaults={
            "by": membership.user, "by_chapter": request.post.chapter, "to_chapter": to_chapter,
            "to": people[0] if len(people) == 1 else None, "text": " ".join(text.split())[:300],
        },
    )  # fmt: skip
    if made:
        by = Actor.person(membership.user)
        events.record("thanked", request.post, chapter=request.post.chapter, by=by, of=to_chapter.name)
        telling.thanked(thanks, people)
    return thanks


def _read(request: HelpRequest) -> HelpRequest:
    related = ("post__chapter", "of_chapter", "taken_by", "taken_by_chapter", "asked_by")
    return HelpRequest.objects.select_related(*related).get(pk=request.pk)
