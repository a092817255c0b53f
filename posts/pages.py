"""What screens show of posts: read-only queries, each beginning at a chapter or a person."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import DateTimeField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from chapters.models import Chapter, Membership, User
from chapters.permissions import Action, Visible, can, visible_to
from posts import helping
from posts.models import Delivery, HelpRequest, Post, SocialAccount, Target

S = Post.Status

TROUBLED = (S.FAILED, S.NEEDS_ATTENTION)
ON_THE_WAY = (S.SCHEDULED, S.PUBLISHING)

SHOWN = 3  # of what goes out next and of what is just out
PLAN_MAX = 500  # posts of a month; beyond it a day's page has them all
WITHOUT_TIME_SHOWN = 6
SOME_DAY = datetime(9999, 1, 1, tzinfo=UTC)
AFFECTED_SHOWN = 10  # of the posts that a disconnected account would leave behind
FORMER_SHOWN = 20


# ---- what waits for somebody


def to_review(membership: Membership) -> QuerySet[Post]:
    """The posts that this member may approve now: in review, and not of their own making."""
    if not can(membership, Action.REVIEW):
        return Post.objects.none()
    person = membership.user_id
    return (
        Post.objects.filter(chapter=membership.chapter_id, status=S.IN_REVIEW)
        .exclude(author=person)
        .exclude(submitted_by=person)
        .exclude(revisions__by=person)
    )


def review_count(membership: Membership) -> int:
    """How many posts wait for this member's review."""
    return to_review(membership).count()


def help_wanted(membership: Membership) -> QuerySet[HelpRequest]:
    """The open requests that this member may answer; what is out already needs no help any more.

    `wanted` is when the help is wanted or else the post is planned for; far ahead where nobody said.
    """
    return by_time(helping.visible_requests(membership).exclude(post__status=S.PUBLISHED))


def by_time(requests: QuerySet[HelpRequest]) -> QuerySet[HelpRequest]:
    """`requests` with `wanted`, to be put in order by."""
    return requests.annotate(
        wanted=Coalesce("wanted_by", "post__planned_at", Value(SOME_DAY, DateTimeField()))
    )


def help_unanswered(membership: Membership) -> QuerySet[HelpRequest]:
    """The open requests of which nobody who was asked has said anything yet."""
    return help_wanted(membership).filter(answered_at=None)


def help_answered(membership: Membership) -> QuerySet[HelpRequest]:
    """The open requests that were answered: whoever asked decides what becomes of the advice."""
    return help_wanted(membership).filter(answered_at__isnull=False)


def asking_count(membership: Membership) -> int:
    """How many posts wait for a look that chapters ask of this member's chapter."""
    return help_unanswered(membership).count()


def asked_count(membership: Membership) -> int:
    """How many posts wait for this member's look, with those that any volunteer may take."""
    return asking_count(membership) + helping.open_calls(membership).count()


def asked_of(membership: Membership, requests: QuerySet[HelpRequest]) -> QuerySet[HelpRequest]:
    """`requests` with what a list of them shows. Two queries for any number."""
    related = ("post__chapter__region", "post__author", "asked_by", "answered_by")
    return requests.select_related(*related).prefetch_related("post__targets__account")


def may_see(membership: Membership, request: HelpRequest) -> bool:
    """Whether the member's chapter may see the post that the request is about."""
    return Visible.ASKED_POSTS in visible_to(membership, request.post.chapter)


# ---- a chapter's posts


def shown(posts: QuerySet[Post]) -> QuerySet[Post]:
    """`posts` with what a row of a list shows: author, accounts, pictures. Four queries for any number."""
    return posts.select_related("author").prefetch_related("targets__account", "media_uses__media")


def next_out(chapter: Chapter) -> list[Post]:
    """The posts that go out next, soonest first, each account with its lane."""
    return list(
        shown(chapter.posts.filter(status__in=ON_THE_WAY, planned_at__isnull=False))
        .prefetch_related("targets__account__lane")
        .order_by("planned_at", "id")[:SHOWN]
    )


def just_out(chapter: Chapter) -> list[Post]:
    """The posts that went out last, newest first, each with where it is to be seen."""
    out = Delivery.objects.filter(status=Delivery.Status.PUBLISHED).select_related("account")
    return list(
        chapter.posts.filter(status=S.PUBLISHED)
        .select_related("author")
        .prefetch_related("media_uses__media", Prefetch("deliveries", out))
        .order_by(F("published_at").desc(nulls_last=True), "-id")[:SHOWN]
    )


# ---- the plan


def planned_between(chapter: Chapter, begins: datetime, ends: datetime) -> list[Post]:
    """The posts planned from `begins` until before `ends`, in that order, at most PLAN_MAX."""
    found = chapter.posts.filter(planned_at__gte=begins, planned_at__lt=ends)
    return list(shown(found).order_by("planned_at", "id")[:PLAN_MAX])


def without_time(chapter: Chapter) -> list[Post]:
    """The newest posts that are being worked on and have no place in the plan yet."""
    open_ones = chapter.posts.filter(status__in=[S.DRAFT, S.IN_REVIEW, S.APPROVED], planned_at=None)
    return list(shown(open_ones).order_by("-id")[:WITHOUT_TIME_SHOWN])


# ---- a list with filters

STATES: dict[str, tuple[Post.Status, ...]] = {
    "draft": (S.DRAFT,),
    "in_review": (S.IN_REVIEW,),
    "approved": (S.APPROVED,),
    "scheduled": ON_THE_WAY,
    "published": (S.PUBLISHED,),
    "trouble": TROUBLED,
}
WORDS_MAX = 8  # of a search: more would only cost time


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in a chapter's posts; anything empty does not count."""

    status: str = ""
    author: str = ""
    account: str = ""
    words: str = ""


def find(chapter: Chapter, wanted: Wanted) -> QuerySet[Post]:
    """The chapter's posts that fit everything wanted. A filter that names nothing known fits nothing."""
    found = chapter.posts.all()
    if wanted.status:
        found = found.filter(status__in=STATES.get(wanted.status, (wanted.status,)))
    if wanted.author:
        found = found.filter(author__uid=_uid(wanted.author))
    if wanted.account:
        found = found.filter(targets__account__uid=_uid(wanted.account))
    for word in wanted.words.replace("\0", " ").split()[:WORDS_MAX]:
        in_own_text = Exists(Target.objects.filter(post=OuterRef("pk"), text__icontains=word))
        found = found.filter(Q(text__icontains=word) | Q(link__icontains=word) | in_own_text)
    return found


def authors_to_filter(chapter: Chapter) -> QuerySet[User]:
    """Everybody who wrote a post here, former members too."""
    return User.objects.filter(pk__in=chapter.posts.order_by().values("author")).order_by("name", "id")


def accounts_to_filter(chapter: Chapter) -> QuerySet[SocialAccount]:
    """The accounts that a list can be narrowed to, connected ones first."""
    return chapter.social_accounts.order_by(F("disconnected_at").asc(nulls_first=True), "handle", "id")


def _uid(text: str) -> uuid.UUID:
    """The uid in an address; one that no row has where the text is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


# ---- accounts


def connected(chapter: Chapter) -> QuerySet[SocialAccount]:
    """The chapter's accounts with their lanes, and when each last put something out."""
    last = Delivery.objects.filter(account=OuterRef("pk"), status=Delivery.Status.PUBLISHED)
    return (
        chapter.social_accounts.filter(disconnected_at=None)
        .select_related("lane", "connected_by")
        .annotate(last_out=Subquery(last.order_by("-due_at", "-id").values("published_at")[:1]))
        .order_by("platform", "handle", "id")
    )


def disconnected(chapter: Chapter) -> QuerySet[SocialAccount]:
    """The accounts that were let go last."""
    return chapter.social_accounts.filter(disconnected_at__isnull=False).order_by("-disconnected_at", "-id")[
        :FORMER_SHOWN
    ]


@dataclass(frozen=True)
class Some:
    """The first few posts of a kind, and how many there are."""

    posts: list[Post]
    count: int

    @property
    def hidden(self) -> int:
        return self.count - len(self.posts)


def planned_for(account: SocialAccount) -> Some:
    """The posts that are to go out through the account."""
    waiting = account.deliveries.filter(status__in=[Delivery.Status.PENDING, Delivery.Status.SENDING])
    return _some(Post.objects.filter(pk__in=waiting.values("post")).order_by("planned_at", "id"))


def drafts_for(account: SocialAccount) -> Some:
    """The posts that name the account and are not scheduled yet."""
    open_ones = Post.objects.filter(status__in=[S.DRAFT, S.IN_REVIEW, S.APPROVED])
    return _some(open_ones.filter(targets__account=account).order_by("-id"))


def _some(posts: QuerySet[Post]) -> Some:
    return Some(list(posts[:AFFECTED_SHOWN]), posts.count())
