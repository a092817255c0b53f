"""Who is told of what about help with a post. People outside the post's chapter read here what they were
asked and what became of it, never the post itself: they see that on its page while they are asked."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, User
from chapters.notices import notify, over
from hubsite.lib import times
from playbooks.models import Proposal
from posts.models import HelpRequest, Post, Thanks
from posts.telling import path_of, quietly, writers


def asked_path(post: Post, chapter: Chapter) -> str:
    """Where somebody of `chapter` looks at a post that they were asked about."""
    if chapter.is_central:
        return reverse("asked_post", args=[post.uid])
    return reverse("chapter_asked_post", args=[chapter.slug, post.uid])


def _list_path(chapter: Chapter) -> str:
    return reverse("asking") if chapter.is_central else reverse("asked_of_us", args=[chapter.slug])


@quietly
def help_asked(request: HelpRequest, asked: Iterable[tuple[Chapter, list[User]]]) -> None:
    """Tell those who were asked, by chapter: the helpers of one, or the volunteers of all."""
    chapter = request.post.chapter
    wanted = ""
    if request.wanted_by is not None:
        wanted = _("An answer is wanted by %(when)s.") % {"when": times.when(request.wanted_by, chapter.zone)}
    body = " ".join(part for part in (wanted, request.note) if part)
    for of_chapter, people in asked:
        path = asked_path(request.post, of_chapter)
        notify(
            people,
            chapter=of_chapter,
            cause=f"help:{request.pk}",
            kind="help_asked",
            title=_("%(chapter)s asks for a second look") % {"chapter": chapter.name},
            body=body or _("Take a look, and say what you think."),
            path=_list_path(of_chapter) if request.is_call else path,
        )


def help_over(request: HelpRequest) -> None:
    """Nobody is asked to look any more."""
    over("help_asked", about=f"help:{request.pk}")


@quietly
def help_taken(request: HelpRequest) -> None:
    """Tell whoever asked, and the author, that a volunteer looks at the post."""
    notify(
        _askers(request),
        chapter=request.post.chapter,
        cause=f"help:{request.pk}:taken:{request.taken_at:%Y%m%d%H%M%S%f}",
        kind="help_taken",
        title=_("%(who)s looks at your post") % {"who": request.asked_of},
        body=_about(
            request.post, _("They see it until you end the request. You decide what becomes of their advice.")
        ),
        path=path_of(request.post),
    )


@quietly
def proposal_offered(post: Post, membership: Membership, proposal: Proposal) -> None:
    """Tell author and submitter of a wording that somebody offers."""
    who = membership.user.display_name
    if membership.chapter_id != post.chapter_id:
        who = _("%(name)s of %(chapter)s") % {"name": who, "chapter": membership.chapter.name}
    notify(
        writers(post, but=membership.user),
        chapter=post.chapter,
        cause=f"proposal:{proposal.uid}:offered",
        kind="proposal_offered",
        title=_("%(who)s proposes a wording for your post") % {"who": who},
        body=_about(post, proposal.note or _("Take the pieces that help and leave the others.")),
        path=f"{path_of(post)}#wordings",
    )


@quietly
def proposal_settled(post: Post, proposal: Proposal, *, still_seen: bool) -> None:
    """Tell whoever offered a wording what became of it. `still_seen` is whether they still see the post."""
    if proposal.by is None or proposal.by_id == proposal.decided_by_id:
        return
    at = proposal.by_chapter
    path = path_of(post)
    if at.pk != post.chapter_id:
        path = asked_path(post, at) if still_seen else _list_path(at)
    words = {
        Proposal.State.TAKEN: _("%(chapter)s took your wording"),
        Proposal.State.PARTLY: _("%(chapter)s took part of your wording"),
        Proposal.State.LEFT: _("%(chapter)s left its wording as it was"),
    }
    notify(
        [proposal.by],
        chapter=at,
        cause=f"proposal:{proposal.uid}:settled",
        kind="proposal_settled",
        title=words[Proposal.State(proposal.state)] % {"chapter": post.chapter.name},
        body=proposal.answer or _("Your offer is answered. Nothing is left for you to do."),
        path=path,
    )


@quietly
def thanked(thanks: Thanks, people: list[User]) -> None:
    """Tell those who helped that they are thanked."""
    notify(
        people,
        chapter=thanks.to_chapter,
        cause=f"thanks:{thanks.pk}",
        kind="thanked",
        title=_("%(name)s of %(chapter)s thanks you")
        % {"name": thanks.by.display_name, "chapter": thanks.by_chapter.name},
        body=thanks.text or _("For your second look at a post."),
        path=_list_path(thanks.to_chapter),
    )


def _about(post: Post, words: str) -> str:
    return f"{words}\n\n“{post.first_words}”"


def _askers(request: HelpRequest) -> list[User]:
    """Whoever asked and who wrote the post, while they are members."""
    ids = {request.asked_by_id, request.post.author_id}
    found = Membership.objects.filter(
        chapter=request.post.chapter_id, user_id__in=ids, user__is_active=True
    ).select_related("user")
    return [membership.user for membership in found]
