"""Every kind of notice the hub makes, in the groups that people choose for."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)


class How(models.TextChoices):
    """How somebody is told."""

    NOW = "now", _("At once, by mail")
    WEEKLY = "weekly", _("In the weekly mail")
    HUB = "hub", _("Only here in the hub")


@dataclass(frozen=True)
class Group:
    """What people choose for together. `is_central` marks what the central team sends of its own accord."""

    key: str
    label: str | Promise
    about: str | Promise
    default: How
    is_central: bool = False


GROUPS: dict[str, Group] = {
    group.key: group
    for group in (
        Group(
            "posts",
            _("Posts"),
            _("One waits for you, was reviewed, or could not go out."),
            How.NOW,
        ),
        Group("accounts", _("Accounts"), _("One has to be connected again, or its access ends."), How.NOW),
        Group("people", _("People"), _("Who joined or left, what changed in the chapter."), How.NOW),
        Group("help", _("Help between people"), _("Somebody asks you for help, or answered you."), How.NOW),
        Group(
            "echo",
            _("What came of your words"),
            _("Your answer helped, your suggested edit was taken, somebody said thank you."),
            How.WEEKLY,
        ),
        Group(
            "library",
            _("New from the central team"),
            _("Playbooks on topics you follow, suggestions that suit your chapter."),
            How.WEEKLY,
            is_central=True,
        ),
        Group(
            "advisory",
            _("Please consider pausing"),
            _("The central team advises all chapters to hold their posts for a while."),
            How.NOW,
            is_central=True,
        ),
    )
}

KINDS: dict[str, str] = {
    "review_wanted": "posts",
    "approved": "posts",
    "changes_requested": "posts",
    "commented": "posts",
    "failed": "posts",
    "needs_attention": "posts",
    "account_broken": "accounts",
    "account_connected": "accounts",
    "access_ends": "accounts",
    "joined": "people",
    "membership": "people",
    "lead_invited": "people",
    "chapter_state": "people",
    "help_asked": "help",
    "help_taken": "help",
    "advice_given": "help",
    "proposal_offered": "help",
    "question_asked": "help",
    "question_assigned": "help",
    "question_promised": "help",
    "question_answered": "help",
    "office_hour_booked": "help",
    "office_hour_cancelled": "help",
    "office_hour_changed": "help",
    "office_hour_noted": "echo",
    "answer_accepted": "echo",
    "question_became_entry": "echo",
    "feedback_answered": "echo",
    "entry_proposal_answered": "echo",
    "proposal_settled": "echo",
    "thanked": "echo",
    "playbook_published": "library",
    "look_asked": "help",
    "looked_at": "help",
    "plan_failed": "help",
    "suggestion_sent_in": "help",
    "suggestion_answered": "echo",
    "suggestion_offered": "library",
    "suggestion_changed": "library",
    "advisory": "advisory",
    "advisory_over": "people",
}
"""The group of each kind. What is missing here waits for the weekly mail."""

OTHERS = "library"  # where undeclared kinds are


def group_of(kind: str) -> Group:
    """The group of a kind; for one nobody declared the quietest of those that are mailed."""
    if kind not in KINDS:
        log.error("notice of an undeclared kind", extra={"kind": kind})
    return GROUPS[KINDS.get(kind, OTHERS)]


def kinds_in(*keys: str) -> models.Q:
    """The notices of these groups; those of undeclared kinds are where `group_of` puts them."""
    declared = models.Q(kind__in=[kind for kind, key in KINDS.items() if key in keys])
    return declared | ~models.Q(kind__in=list(KINDS)) if OTHERS in keys else declared


def kinds_from_central() -> list[str]:
    """The kinds that the central team sends of its own accord."""
    return [kind for kind, key in KINDS.items() if GROUPS[key].is_central]
