"""The state machine of a post. The only writer of `Post.status`.

One table says which verb leads from where to where; one function a verb; one function, `_move`, that every
change goes through, which also leaves the event. Lock order everywhere: post, delivery, lane.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import SYSTEM, Actor
from chapters.models import Membership
from posts import approval, doubts, helping, limits, telling
from posts.models import Delivery, Post, PostRevision, Review
from posts.problems import Refused, Stale
from posts.publishing import queue
from posts.publishing.rollup import rollup

S = Post.Status

# How long ago a chosen time may be: somebody who took a minute over the form means now.
PAST_TOLERANCE = timedelta(seconds=60)

TABLE: dict[str, dict[Post.Status, frozenset[Post.Status]]] = {
    "submit": {S.DRAFT: frozenset({S.IN_REVIEW})},
    "withdraw": {S.IN_REVIEW: frozenset({S.DRAFT})},
    "request_changes": {S.IN_REVIEW: frozenset({S.DRAFT})},
    "approve": {S.IN_REVIEW: frozenset({S.APPROVED})},
    "schedule": {
        S.DRAFT: frozenset({S.SCHEDULED}),
        S.APPROVED: frozenset({S.SCHEDULED}),
        S.FAILED: frozenset({S.SCHEDULED}),
        S.NEEDS_ATTENTION: frozenset({S.SCHEDULED}),
    },
    "unschedule": {S.SCHEDULED: frozenset({S.APPROVED, S.DRAFT})},
    "reopen": {
        S.APPROVED: frozenset({S.DRAFT}),
        S.SCHEDULED: frozenset({S.DRAFT}),
        S.FAILED: frozenset({S.DRAFT}),
        S.NEEDS_ATTENTION: frozenset({S.DRAFT}),
    },
    "start_due": {S.SCHEDULED: frozenset({S.PUBLISHING, S.NEEDS_ATTENTION})},
    "retry": {S.FAILED: frozenset({S.PUBLISHING}), S.NEEDS_ATTENTION: frozenset({S.PUBLISHING})},
    "settle": {
        S.PUBLISHING: frozenset({S.PUBLISHED, S.FAILED, S.NEEDS_ATTENTION, S.DRAFT}),
        S.NEEDS_ATTENTION: frozenset({S.PUBLISHED, S.FAILED, S.PUBLISHING, S.DRAFT}),
        S.FAILED: frozenset({S.PUBLISHED, S.PUBLISHING, S.DRAFT}),
    },
}


def _check_table() -> None:
    missing = {
        status
        for status in S
        if status != S.DRAFT
        and not any(status in targets for moves in TABLE.values() for targets in moves.values())
    }
    if missing:
        raise RuntimeError(f"no verb leads to {sorted(missing)}")


_check_table()


def allows(verb: str, status: str) -> bool:
    """Whether `verb` applies to a post in `status` at all."""
    return S(status) in TABLE[verb]


# ---- review


@transaction.atomic
def submit(*, post: Post, by: Actor, planned_at: datetime | None = None) -> Post:
    """Hand a draft to the chapter's reviewers, with the time it is wanted for, if any."""
    post = _lock(post, "submit")
    limits.require_sendable(post)
    post.submitted_by = by.user
    if planned_at is not None:
        post.planned_at = planned_at
    _move(post, "submit", S.IN_REVIEW, by=by, revision=post.revision)
    helping.want_again(post=post)
    telling.review_wanted(post)
    return post


@transaction.atomic
def withdraw(*, post: Post, by: Actor) -> Post:
    """Take a post back from review."""
    post = _lock(post, "withdraw")
    return _move(post, "withdraw", S.DRAFT, by=by)


@transaction.atomic
def request_changes(*, post: Post, membership: Membership, revision: int, text: str) -> Post:
    """Send a post back with what should change. The text may not be empty."""
    post = _lock(post, "request_changes")
    _same_revision(post, revision)
    approval.require_reviewer(post, membership)
    if not text.strip():
        raise Refused(_("Say what should change, so that the author knows what to do."))
    _add_review(post, membership, Review.Verdict.CHANGES, text)
    _move(post, "request_changes", S.DRAFT, by=Actor.person(membership.user), revision=revision)
    telling.changes_requested(post, membership.user, text)
    return post


@transaction.atomic
def approve(*, post: Post, membership: Membership, revision: int, text: str = "") -> Post:
    """Approve the revision that the reviewer saw. Nobody approves what they wrote, changed or submitted."""
    post = _lock(post, "approve")
    _same_revision(post, revision)
    approval.require_approver(post, membership)
    _add_review(post, membership, Review.Verdict.APPROVED, text)
    if not approval.is_approved(post):
        return post
    _move(post, "approve", S.APPROVED, by=Actor.person(membership.user), revision=revision)
    helping.end_of(post=post, chapter=membership.chapter)
    telling.approved(post, membership.user)
    return post


@transaction.atomic
def comment(*, post: Post, membership: Membership, text: str) -> Review:
    """Say something about a post without deciding anything."""
    post = Post.objects.select_for_update().get(pk=post.pk)
    if not text.strip():
        raise Refused(_("Write something first."))
    review = _add_review(post, membership, Review.Verdict.COMMENT, text)
    events.record("commented", post, chapter=post.chapter, by=Actor.person(membership.user))
    telling.commented(post, membership.user, text, review)
    return review


# ---- time


@transaction.atomic
def schedule(*, post: Post, at: datetime, by: Actor, grace_minutes: int | None = None) -> Post:
    """Commit to a time: freeze the post into one delivery an account. `at` may be now.

    `grace_minutes` is how late it may go out before a person is asked; None means the chapter's setting.
    """
    post = _lock(post, "schedule")
    chapter = post.chapter
    if post.status == S.DRAFT and chapter.review_rule != chapter.ReviewRule.OPTIONAL:
        raise Refused(_("This chapter has every post approved first. Submit it for review."))
    if post.status == S.APPROVED and not approval.may_go_out(post):
        raise Refused(_("The approval is for an earlier wording. Submit it for review again."))
    if post.status in {S.FAILED, S.NEEDS_ATTENTION}:
        _require_nothing_out(post)
        if not approval.may_go_out(post):
            raise Refused(_("The approval is for an earlier wording. Edit it and submit it for review."))
    now = timezone.now()
    if at < now - PAST_TOLERANCE:
        raise Refused(_("That time has passed. Choose a later one, or publish now."))
    limits.require_sendable(post)
    queue.withdraw(post)
    at = max(at, now)
    post.planned_at, post.grace_minutes = at, grace_minutes
    queue.enqueue(post, due_at=at)
    return _move(
        post, "schedule", S.SCHEDULED, by=by, at=at.isoformat(), revision=post.revision,
        grace_minutes=grace_minutes,
    )  # fmt: skip


@transaction.atomic
def unschedule(*, post: Post, by: Actor) -> Post:
    """Withdraw a scheduled post. Where sending has begun it is too late, and nothing changes."""
    post = _lock(post, "unschedule")
    _take_off_the_queue(post)
    to = S.APPROVED if approval.is_approved(post) else S.DRAFT
    return _move(post, "unschedule", to, by=by)


@transaction.atomic
def reopen(*, post: Post, by: Actor) -> Post:
    """Make a post editable again. Approval is void; the planned time is kept."""
    post = _lock(post, "reopen")
    if post.status == S.SCHEDULED:
        _take_off_the_queue(post)
    elif post.status in {S.FAILED, S.NEEDS_ATTENTION}:
        _require_nothing_out(post)
        queue.withdraw(post)
    last = post.revisions.first()
    post.revision += 1
    if last is not None:
        PostRevision.objects.create(post=post, number=post.revision, by=last.by, content=last.content)
    return _move(post, "reopen", S.DRAFT, by=by)


# ---- called by publishing


def start_due(*, post: Post) -> Post:
    """The first delivery of a scheduled post begins. The caller holds the post's lock."""
    return _move(post, "start_due", S.PUBLISHING, by=SYSTEM)


def start_due_all(posts: Iterable[Post]) -> None:
    """`start_due` for several posts."""
    _move_all([(post, "start_due", S.PUBLISHING) for post in posts], by=SYSTEM)


def retried(*, post: Post, by: Actor) -> Post:
    """A person sends a failed or held delivery again. The caller holds the post's lock."""
    if post.status == S.PUBLISHING:
        return post
    return _move(post, "retry", S.PUBLISHING, by=by)


def settle_all(posts: Iterable[Post]) -> None:
    """`settle` for several posts, whose deliveries are read at once."""
    by_id = {post.pk: post for post in posts}
    deliveries: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in Delivery.objects.filter(post__in=by_id).order_by("id"):
        deliveries[delivery.post_id].append(delivery)
    out = {
        post_id: post
        for post_id, post in by_id.items()
        if post.status == S.PUBLISHING and rollup(each.status for each in deliveries[post_id]) == S.PUBLISHED
    }
    for post_id, post in out.items():
        post.published_at = _out_since(deliveries[post_id])
    _move_all([(post, "settle", S.PUBLISHED) for post in out.values()], by=SYSTEM)
    helping.end_all(out.values())
    for post_id, post in by_id.items():
        if post_id not in out:
            _settle(post, deliveries[post_id], SYSTEM)


def settle(*, post: Post, by: Actor = SYSTEM) -> Post:
    """Let the post say what its deliveries add up to. The caller holds the post's lock."""
    return _settle(post, list(post.deliveries.order_by("id")), by)


def _settle(post: Post, deliveries: list[Delivery], by: Actor) -> Post:
    deliveries = [delivery for delivery in deliveries if delivery.status != Delivery.Status.SKIPPED]
    to = S(rollup([delivery.status for delivery in deliveries]))
    if post.status == S.SCHEDULED:
        if to == S.PUBLISHING:
            return post
        _move(post, "start_due", S.NEEDS_ATTENTION if to == S.NEEDS_ATTENTION else S.PUBLISHING, by=by)
    if to == post.status:
        if to == S.NEEDS_ATTENTION:
            telling.settled(post, deliveries)
        return post
    if to == S.PUBLISHED:
        post.published_at = _out_since(deliveries)
    _move(post, "settle", to, by=by)
    if to == S.PUBLISHED:
        helping.end_all([post])
    telling.settled(post, deliveries)
    return post


def _out_since(deliveries: list[Delivery]) -> datetime:
    """When the last of a post's deliveries went out."""
    out = [each for each in deliveries if each.status == Delivery.Status.PUBLISHED]
    return max(each.published_at or timezone.now() for each in out)


# ---- the one way


def _lock(post: Post, verb: str) -> Post:
    """The post as it is now, locked, if `verb` applies to it. Raises Refused."""
    locked = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post.pk)
    if not allows(verb, locked.status):
        raise Refused(
            _("This post is now “%(status)s”, so this no longer applies. Look at it again.")
            % {"status": locked.get_status_display()}
        )
    return locked


def _move(post: Post, verb: str, to: Post.Status, *, by: Actor, **data: Any) -> Post:
    """Change the status and leave the event, in the caller's transaction."""
    came_from = S(post.status)
    _require_move(came_from, verb, to)
    post.status = to
    post.save()
    events.record(verb, post, chapter=post.chapter, by=by, came_from=came_from, to=to, **data)
    telling.moved_on(post, came_from)
    return post


def _move_all(moves: list[tuple[Post, str, Post.Status]], *, by: Actor) -> None:
    """`_move` for several posts in a handful of statements. All change in status and `published_at` alone."""
    if not moves:
        return
    lines = []
    alike: dict[tuple[Post.Status, datetime | None], list[int]] = defaultdict(list)
    now = timezone.now()
    for post, verb, to in moves:
        came_from = S(post.status)
        _require_move(came_from, verb, to)
        post.status, post.updated_at = to, now
        alike[to, post.published_at].append(post.pk)
        telling.moved_on(post, came_from)
        lines.append(
            events.line(verb, post, chapter=post.chapter, by=by, moment=now, came_from=came_from, to=to)
        )
    for (to, published_at), ids in alike.items():
        Post.objects.filter(pk__in=ids).update(status=to, published_at=published_at, updated_at=now)
    events.record_all(lines)


def _require_move(came_from: Post.Status, verb: str, to: Post.Status) -> None:
    if to not in TABLE[verb].get(came_from, frozenset()):
        raise Refused(
            _("A post that is “%(status)s” cannot become “%(to)s”.")
            % {"status": came_from.label, "to": to.label}
        )


def _same_revision(post: Post, revision: int) -> None:
    if post.revision != revision:
        raise Stale(
            _("Somebody changed this post since you opened it. Look at the new wording first."), current=post
        )


def _add_review(post: Post, membership: Membership, verdict: Review.Verdict, text: str) -> Review:
    own = membership.chapter_id == post.chapter_id
    decides = verdict != Review.Verdict.COMMENT
    helping.note_answer(post=post, membership=membership)
    return Review.objects.create(
        post=post,
        revision=post.revision,
        reviewer=membership.user,
        reviewer_chapter=membership.chapter,
        kind=Review.Kind.APPROVAL
        if decides and (own or approval.help_may_approve(post, membership))
        else Review.Kind.ADVICE,
        verdict=verdict,
        text=text.strip(),
    )


def _take_off_the_queue(post: Post) -> None:
    if not queue.withdraw(post):
        raise Refused(_("It is already being sent, so it can no longer be taken off the schedule."))


def _require_nothing_out(post: Post) -> None:
    out = {Delivery.Status.PUBLISHED, Delivery.Status.SENDING}
    if any(each.status in out or doubts.may_be_out(each) for each in post.deliveries.all()):
        raise Refused(
            _("Part of this post is out, or may be. Settle each account below, or write a new post from it.")
        )
