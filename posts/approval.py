"""Who may approve a post, and whether it is approved. Approval binds to one revision."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, User
from chapters.notices import members_who_can
from chapters.permissions import Action, can
from posts.models import HelpRequest, Post, Review
from posts.problems import NotYours


def is_approved(post: Post, *, needed: int = 1) -> bool:
    """Whether enough people approved the post as it is worded now."""
    latest: dict[int, str] = {}
    for review in Review.objects.filter(
        post=post, revision=post.revision, kind=Review.Kind.APPROVAL
    ).order_by("id"):
        latest[review.reviewer_id] = review.verdict
    return sum(verdict == Review.Verdict.APPROVED for verdict in latest.values()) >= needed


def may_go_out(post: Post) -> bool:
    """Whether the chapter's own rule lets the post out as it is worded now."""
    return post.chapter.review_rule == Chapter.ReviewRule.OPTIONAL or is_approved(post)


def contributors(post: Post) -> set[int]:
    """Ids of everybody who wrote, changed or submitted this post, and so cannot approve it."""
    people = set(post.revisions.values_list("by_id", flat=True))
    return {*people, post.author_id, *([post.submitted_by_id] if post.submitted_by_id else [])}


def possible_approvers(post: Post) -> list[User]:
    """The members of the chapter who may approve this post."""
    return members_who_can(post.chapter, Action.REVIEW, excluding=contributors(post))


def help_may_approve(post: Post, membership: Membership) -> bool:
    """Whether the chapter asked this member's chapter for an approval that counts."""
    return HelpRequest.objects.filter(
        post=post, of_chapter=membership.chapter, may_approve=True, closed_at=None
    ).exists()


def require_reviewer(post: Post, membership: Membership) -> None:
    """Let through whoever may review here: by role in the chapter, or because the chapter asked."""
    if not can(membership, Action.REVIEW):
        raise NotYours(_("Editors and leads review posts. Ask one of them."))
    if membership.chapter_id != post.chapter_id and not help_may_approve(post, membership):
        raise NotYours(_("The chapter has not asked you to approve this post."))


def require_approver(post: Post, membership: Membership) -> None:
    """As `require_reviewer`, and not for one's own work."""
    require_reviewer(post, membership)
    if membership.user_id in contributors(post):
        raise NotYours(_("You wrote, changed or submitted this post, so somebody else has to approve it."))
