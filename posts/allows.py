"""What a person may do with a post now, and if not, why not: the one source for pages and for their guards.

An answer that is no has a kind: `ROLE` (the person may not do this here at all), `OWN` (nobody does this to
their own work) or `STATE` (it does not apply to the post as it is now).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from chapters import access
from chapters.models import Chapter, Membership
from chapters.permissions import Action, can
from posts import approval, doubts, permalinks, removal, workflow
from posts.composing import EDITABLE
from posts.models import Delivery, HelpRequest, Post
from posts.problems import NotYours, Refused

S = Post.Status
D = Delivery.Status

BEGUN = frozenset({D.SENDING, D.PUBLISHED, D.UNCONFIRMED})
UNSENT = frozenset({D.FAILED, D.HELD})


class Kind(enum.StrEnum):
    """Why an answer is no."""

    ROLE = "role"
    OWN = "own"
    STATE = "state"


@dataclass(frozen=True)
class Answer:
    """Yes, or no with the reason in a sentence. True in a condition where it is yes."""

    reason: str = ""
    kind: Kind | None = None

    def __bool__(self) -> bool:
        return self.kind is None

    def require(self) -> None:
        """Raise what the view answers with: PermissionDenied by role, else NotYours or Refused."""
        if self.kind == Kind.ROLE:
            raise PermissionDenied(self.reason)
        if self.kind == Kind.OWN:
            raise NotYours(self.reason)
        if self.kind == Kind.STATE:
            raise Refused(self.reason)


YES = Answer()


def _when(holds: bool, otherwise: str) -> Answer:
    return YES if holds else Answer(otherwise, Kind.STATE)


@dataclass(frozen=True)
class DeliveryAllows:
    """What a person may do with one delivery."""

    retry: Answer
    confirm: Answer
    deny: Answer
    skip: Answer
    correct: Answer  # another link in place of the one a person gave
    take_down: Answer

    @property
    def anything(self) -> bool:
        return any((self.retry, self.confirm, self.deny, self.skip, self.correct, self.take_down))


class Allows:
    """Every answer about one post for one member, of its own chapter or of one that was asked to help.

    Facts are read once, when an answer needs them: at most five queries however many answers are asked.
    """

    def __init__(self, post: Post, membership: Membership) -> None:
        self.post = post
        self.membership = membership

    # ---- facts

    @cached_property
    def deliveries(self) -> list[Delivery]:
        """The post's deliveries, oldest first, each with its account and lane."""
        return list(self.post.deliveries.select_related("account", "account__lane").order_by("id"))

    @cached_property
    def help_requests(self) -> list[HelpRequest]:
        """The open requests for help with this post."""
        related = ("of_chapter", "asked_by", "taken_by", "taken_by_chapter")
        return list(self.post.help_requests.filter(closed_at=None).select_related(*related))

    @cached_property
    def is_contributor(self) -> bool:
        """Whether the person wrote, changed or submitted the post."""
        return self.membership.user_id in approval.contributors(self.post)

    @cached_property
    def is_free_to_go(self) -> bool:
        """Whether the chapter's rule lets the post out as it is worded now."""
        return approval.may_go_out(self.post)

    @property
    def is_own_chapter(self) -> bool:
        return self.membership.chapter_id == self.post.chapter_id

    @property
    def is_mine(self) -> bool:
        """Whether the person is the post's author or handed it in."""
        return self.membership.user_id in {self.post.author_id, self.post.submitted_by_id}

    @property
    def edits_directly(self) -> bool:
        """Whether the post can be changed as it stands, without taking it back to a draft first."""
        return self.post.status in EDITABLE

    # ---- writing

    @cached_property
    def edit(self) -> Answer:
        return self._right(Action.WRITE, own=True) and (YES if self.edits_directly else self._can_reopen())

    @cached_property
    def reopen(self) -> Answer:
        return self._right(Action.WRITE, own=True) and self._can_reopen()

    @cached_property
    def duplicate(self) -> Answer:
        return self._right(Action.WRITE)

    @cached_property
    def reuse(self) -> Answer:
        waiting = any(
            delivery.status in UNSENT and not doubts.may_be_out(delivery) for delivery in self.deliveries
        )
        return self._right(Action.SETTLE, own=True) and _when(
            waiting, _("No account of this post is waiting for a new attempt.")
        )

    @cached_property
    def delete(self) -> Answer:
        fresh = self.post.status == S.DRAFT and not self.post.submitted_by_id and not self.deliveries
        return self._right(Action.WRITE, own=True) and _when(
            fresh, _("Only a draft that was never submitted can be deleted.")
        )

    # ---- review

    @cached_property
    def submit(self) -> Answer:
        return self._right(Action.WRITE, own=True) and self._in_state("submit")

    @cached_property
    def withdraw(self) -> Answer:
        return self._right(Action.WRITE, own=True) and self._in_state("withdraw")

    @cached_property
    def approve(self) -> Answer:
        return self._may_review() and self._in_state("approve") and self._not_own_work()

    @cached_property
    def request_changes(self) -> Answer:
        return self._may_review() and self._in_state("request_changes")

    @cached_property
    def comment(self) -> Answer:
        return self._right(Action.WRITE) if self.is_own_chapter else self._was_asked()

    @cached_property
    def propose(self) -> Answer:
        """Offering a wording, which whoever wrote the post takes or leaves."""
        may = self._right(Action.REVIEW) if self.is_own_chapter else self._was_asked()
        open_to_it = self.post.status in {S.DRAFT, S.IN_REVIEW, S.APPROVED, S.SCHEDULED}
        return (
            may
            and _when(not self.is_mine, _("This is your own post: change it as you like."))
            and _when(open_to_it, _("This post is on its way or out already."))
        )

    @cached_property
    def answer_proposal(self) -> Answer:
        """Taking or leaving what somebody offers; what is taken is an edit."""
        return self._right(Action.WRITE, own=True)

    @cached_property
    def ask_help(self) -> Answer:
        return (
            self._right(Action.ASK_HELP, own=True)
            and _when(not self.membership.chapter.is_central, _("This post is the central team's own."))
            and _when(
                self.post.status not in {S.PUBLISHING, S.PUBLISHED},
                _("This post is on its way or out already."),
            )
        )

    @cached_property
    def close_help(self) -> Answer:
        return self._right(Action.ASK_HELP, own=True) and _when(
            bool(self.help_requests), _("Nobody is being asked for help with this post.")
        )

    @cached_property
    def thank(self) -> Answer:
        return self._right(Action.ASK_HELP)

    # ---- time

    @cached_property
    def schedule(self) -> Answer:
        return (
            self._right(Action.SCHEDULE, own=True)
            and self._in_state("schedule")
            and self._reviewed_if_wanted()
            and (self._nothing_out() if self.post.status in {S.FAILED, S.NEEDS_ATTENTION} else YES)
            and _when(
                self.is_free_to_go, _("The approval is for an earlier wording. Submit it for review again.")
            )
        )

    @property
    def publish_now(self) -> Answer:
        return self.schedule

    @cached_property
    def unschedule(self) -> Answer:
        return (
            self._right(Action.SCHEDULE, own=True)
            and self._in_state("unschedule")
            and _when(
                not self._has_begun,
                _("It is already being sent, so it can no longer be taken off the schedule."),
            )
        )

    # ---- deliveries

    def of_delivery(self, delivery: Delivery) -> DeliveryAllows:
        """The answers about one delivery of this post."""
        right = self._right(Action.SETTLE, own=True)
        settled = _("This is now “%(status)s”, so nothing was changed. Look at it again.") % {
            "status": delivery.get_status_display()
        }
        in_doubt = _when(doubts.may_be_out(delivery), settled)
        unsent = _when(delivery.status in UNSENT and not in_doubt, settled)
        live = _when(
            delivery.account.is_connected,
            _("Connect %(account)s again first.") % {"account": delivery.account.handle},
        )
        unapproved = delivery.held_reason == Delivery.HeldReason.UNAPPROVED and not self.is_free_to_go
        return DeliveryAllows(
            retry=right
            and unsent
            and live
            and _when(not unapproved, _("Have the new wording approved first.")),
            confirm=right and in_doubt,
            deny=right and in_doubt and live,
            skip=right and (in_doubt or unsent),
            correct=right and _when(permalinks.is_by_hand(delivery), settled),
            take_down=right and _when(removal.may_take_down(delivery), settled),
        )

    # ---- how answers are found; `and` stops at the first no

    def _right(self, action: Action, *, own: bool = False) -> Answer:
        """Whether the role includes `action`; with `own`, other people's posts need EDIT_OTHERS as well."""
        if not self.is_own_chapter:
            return Answer(_("This is another chapter's post; only that chapter decides."), Kind.ROLE)
        right = self._role(action)
        return right and self._role(Action.EDIT_OTHERS) if own and not self.is_mine else right

    def _role(self, action: Action) -> Answer:
        """Whether the person's role in their own chapter includes `action`."""
        try:
            access.require(self.membership, action)
        except PermissionDenied as refusal:
            return Answer(str(refusal), Kind.ROLE)
        return YES

    def _may_review(self) -> Answer:
        if self.is_own_chapter:
            return self._right(Action.REVIEW)
        counts = any(
            request.may_approve and request.of_chapter_id == self.membership.chapter_id
            for request in self.help_requests
        )
        return (
            self._was_asked()
            and self._role(Action.REVIEW)
            and _when(counts, _("The chapter asked for advice. It decides about the post itself."))
        )

    def _was_asked(self) -> Answer:
        member = self.membership
        asked = any(
            request.of_chapter_id == member.chapter_id
            or (request.taken_by_id == member.user_id and request.taken_by_chapter_id == member.chapter_id)
            for request in self.help_requests
        )
        if asked and can(self.membership, Action.HELP):
            return YES
        return Answer(_("The chapter has not asked you about this post."), Kind.ROLE)

    def _not_own_work(self) -> Answer:
        if not self.is_contributor:
            return YES
        sentence = _("You wrote, changed or submitted this post, so somebody else has to approve it.")
        return Answer(sentence, Kind.OWN)

    def _in_state(self, verb: str) -> Answer:
        return _when(
            workflow.allows(verb, self.post.status),
            _("This post is now “%(status)s”, so this no longer applies. Look at it again.")
            % {"status": self.post.get_status_display()},
        )

    def _reviewed_if_wanted(self) -> Answer:
        skips = self.post.status == S.DRAFT and self.post.chapter.review_rule != Chapter.ReviewRule.OPTIONAL
        return _when(not skips, _("This chapter has every post approved first. Submit it for review."))

    def _can_reopen(self) -> Answer:
        state = self._in_state("reopen")
        if self.post.status == S.SCHEDULED:
            too_late = _("It is already being sent, so it can no longer be changed.")
            return state and _when(not self._has_begun, too_late)
        return state and (YES if self.post.status == S.APPROVED else self._nothing_out())

    def _nothing_out(self) -> Answer:
        return _when(
            not self._has_begun,
            _("Part of this post is out, or may be. Settle each account, or write a new post from it."),
        )

    @property
    def _has_begun(self) -> bool:
        return any(delivery.status in BEGUN or doubts.may_be_out(delivery) for delivery in self.deliveries)
