"""Proposed wordings of a post: a reviewer offers one, its people take the pieces of it that help.

Taking pieces is an edit by whoever takes them, with everything an edit brings: a revision, and an approval
that no longer holds. Whoever offers changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chapters.events import Actor
from chapters.models import Membership
from playbooks import proposals
from playbooks.errors import TeachingError
from playbooks.models import Proposal
from playbooks.pieces import Piece, join
from posts import composing, helping
from posts import telling_help as telling
from posts.models import HelpRequest, Post, PostRevision
from posts.problems import NotYours, Refused, Stale

PART = "text"


@dataclass(frozen=True)
class Offer:
    """A proposed wording as its page shows it; `unfitting` are the numbers of pieces the post outgrew, and
    `ahead` is what the post becomes with those that are `ticked`."""

    proposal: Proposal
    pieces: list[Piece]
    unfitting: frozenset[int]
    ticked: frozenset[int]
    ahead: str
    answer: str = ""

    @property
    def uid(self) -> str:
        return str(self.proposal.uid)

    @property
    def fitting(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.number not in self.unfitting]

    @property
    def outgrown(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.number in self.unfitting]


@dataclass(frozen=True)
class Sent:
    """What somebody ticked and wrote for one of the wordings, before it is settled."""

    proposal: Proposal
    ticked: frozenset[int]
    answer: str = ""


def open_offers(post: Post, sent: Sent | None = None) -> list[Offer]:
    """The wordings that wait for an answer, newest first; one of them as it was sent."""
    return [_offer(proposal, post, sent) for proposal in proposals.open_for(post)]


def offers_by(post: Post, membership: Membership) -> list[Offer]:
    """What this member proposed for the post, newest first, answered or not."""
    return [_offer(proposal, post) for proposal in offered_by(post, membership)]


def _offer(proposal: Proposal, post: Post, sent: Sent | None = None) -> Offer:
    pieces = proposals.pieces_of(proposal)
    every = frozenset(piece.number for piece in pieces)
    joined = join(proposal.base, proposal.offered, every, post.text)
    unfitting = frozenset(piece.number for piece in joined.unfitting)
    if sent is None or sent.proposal.pk != proposal.pk:
        return Offer(proposal, pieces, unfitting, every, joined.text)
    ahead = join(proposal.base, proposal.offered, sent.ticked, post.text).text
    return Offer(proposal, pieces, unfitting, sent.ticked, ahead, sent.answer)


@transaction.atomic
def offer(
    *, post: Post, membership: Membership, revision: int, text: str, note: str = "",
    asked: HelpRequest | None = None,
) -> Proposal:  # fmt: skip
    """Offer `text` in place of the post's, as it read in `revision`. Raises Refused or Stale.

    `asked` is the request that lets somebody of another chapter do so; what the post said before it is none
    of theirs.
    """
    if membership.chapter_id != post.chapter_id and not _still_seen(post, membership):
        raise NotYours(_("The chapter has not asked you about this post."))
    base = _wording(post, revision, asked)
    with _refusing():
        proposal = proposals.offer(
            subject=post,
            of_chapter=post.chapter,
            part=PART,
            base=base,
            offered=text.replace("\r\n", "\n").strip(),
            by=Actor.person(membership.user),
            by_chapter=membership.chapter,
            note=note.strip(),
        )
    helping.note_answer(post=post, membership=membership)
    telling.proposal_offered(post, membership, proposal)
    return proposal


def _wording(post: Post, revision: int, asked: HelpRequest | None) -> str:
    """The common text of a revision that the reader could have seen. Raises Stale."""
    seen = PostRevision.objects.filter(post=post, number=revision)
    if asked is not None:
        known = post.revisions.filter(at__lte=asked.created_at).order_by("-number").first()
        seen = seen.filter(number__gte=known.number if known else 1)
    found = seen.first()
    if found is None:
        raise Stale(
            _("This post was changed since you opened it. Look at the new wording first."), current=post
        )
    return found.content["text"]


@transaction.atomic
def settle(
    *, proposal: Proposal, post: Post, membership: Membership, taken: Collection[int], answer: str = ""
) -> proposals.Settled:
    """Take the pieces numbered in `taken` into the post as an edit by this member, or leave all of them.

    Raises Refused where it was answered already, or where the post has to be a draft again first.
    """
    post = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post.pk)
    if membership.chapter_id != post.chapter_id or proposal.subject_uid != str(post.uid):
        raise NotYours(_("Only the chapter of a post decides about its wording."))
    by = Actor.person(membership.user)
    with _refusing():
        settled = proposals.settle(
            proposal=proposal, subject=post, taken=taken, current=post.text, by=by, answer=answer.strip()
        )
    if settled.text.strip() != post.text.strip():
        draft = replace(composing.draft_of(post), text=settled.text)
        composing.update(post=post, by=by, draft=draft, seen_revision=post.revision)
    telling.proposal_settled(post, settled.proposal, still_seen=_is_seen_by_proposer(post, settled.proposal))
    return settled


@transaction.atomic
def withdraw(*, post: Post, uid: uuid.UUID, membership: Membership) -> None:
    """Take one's own wording back. Raises NotYours for another's, Refused where it was answered already."""
    proposal = offered_by(post, membership).filter(uid=uid).first()
    if proposal is None:
        raise NotYours(_("That is not a wording you proposed."))
    with _refusing():
        proposals.withdraw(proposal=proposal, subject=post, by=Actor.person(membership.user))


def offered_by(post: Post, membership: Membership) -> QuerySet[Proposal]:
    """What this member proposed for the post, answered or not."""
    return proposals.of(post).filter(by=membership.user_id, by_chapter=membership.chapter_id)


def _still_seen(post: Post, membership: Membership) -> bool:
    """Whether a member of another chapter sees the post, because somebody asked them and still does."""
    return helping.visible_requests(membership).filter(post=post).exists()


def _is_seen_by_proposer(post: Post, proposal: Proposal) -> bool:
    member = Membership.objects.filter(chapter=proposal.by_chapter_id, user=proposal.by_id).first()
    return member is not None and _still_seen(post, member)


@contextmanager
def _refusing() -> Iterator[None]:
    """What a proposal's verbs refuse with becomes this app's own."""
    try:
        yield
    except TeachingError as refusal:
        raise Refused(refusal.message) from refusal
