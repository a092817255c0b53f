"""Who may do what: the one table, and the one function that reads it.

Roles are per chapter. Membership of the central team gives no right inside another chapter; what the central
team sees of a chapter comes from `visible_to` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from chapters.models import Chapter, Membership


class Role(models.TextChoices):
    """A person's part in one chapter."""

    VIEWER = "viewer", _("Viewer")
    AUTHOR = "author", _("Author")
    EDITOR = "editor", _("Editor")
    LEAD = "lead", _("Lead")


class Action(models.TextChoices):
    """A named right inside one chapter."""

    SEE = "see", _("See the chapter's posts and plan")
    WRITE = "write", _("Write posts")
    EDIT_OTHERS = "edit_others", _("Edit other people's posts")
    REVIEW = "review", _("Approve posts or ask for changes")
    SCHEDULE = "schedule", _("Schedule and unschedule posts")
    SETTLE = "settle", _("Settle deliveries that failed or are in doubt")
    ASK_HELP = "ask_help", _("Ask others to look at a post")
    BOOK = "book", _("Book office hours with the central team")
    ASK = "ask", _("Ask questions, and answer those of other chapters")
    SAY_BACK = "say_back", _("Say whether a playbook helped")
    SPEAK = "speak", _("Speak to all chapters: notes, comments, suggested edits")
    SEE_PEOPLE = "see_people", _("See who is in the chapter")
    MANAGE_PEOPLE = "manage_people", _("Invite, change roles and remove")
    SEE_ACCOUNTS = "see_accounts", _("See connected accounts")
    MANAGE_ACCOUNTS = "manage_accounts", _("Connect, pause and disconnect accounts")
    PAUSE = "pause", _("Pause and resume the chapter's publishing")
    MANAGE_SETTINGS = "manage_settings", _("Change the chapter's settings")
    HELP = "help", _("Look at posts that chapters asked help with")
    # rights that only membership of the central team carries
    TEACH = "teach", _("Write and publish playbooks")
    ADVISE = "advise", _("Ask chapters to consider pausing")
    FOUND = "found", _("Create chapters and invite their first lead")
    ALERT = "alert", _("Declare an emergency in which everybody is written to")
    WATCH = "watch", _("See whether publishing works, over the whole hub")


V, A, E, L = Role.VIEWER, Role.AUTHOR, Role.EDITOR, Role.LEAD

TABLE: dict[Action, frozenset[Role]] = {
    Action.SEE: frozenset({V, A, E, L}),
    Action.WRITE: frozenset({A, E, L}),
    Action.EDIT_OTHERS: frozenset({E, L}),
    Action.REVIEW: frozenset({E, L}),
    Action.SCHEDULE: frozenset({A, E, L}),
    Action.SETTLE: frozenset({A, E, L}),
    Action.ASK_HELP: frozenset({A, E, L}),
    Action.BOOK: frozenset({A, E, L}),
    Action.ASK: frozenset({V, A, E, L}),
    Action.SAY_BACK: frozenset({V, A, E, L}),
    Action.SPEAK: frozenset({A, E, L}),
    Action.SEE_PEOPLE: frozenset({V, A, E, L}),
    Action.MANAGE_PEOPLE: frozenset({L}),
    Action.SEE_ACCOUNTS: frozenset({V, A, E, L}),
    Action.MANAGE_ACCOUNTS: frozenset({L}),
    Action.PAUSE: frozenset({E, L}),
    Action.MANAGE_SETTINGS: frozenset({L}),
    Action.TEACH: frozenset({E, L}),
    Action.HELP: frozenset({A, E, L}),
    Action.ADVISE: frozenset({E, L}),
    Action.FOUND: frozenset({L}),
    Action.WATCH: frozenset({E, L}),
    Action.ALERT: frozenset({L}),
}

CENTRAL_ACTIONS = frozenset({Action.TEACH, Action.ADVISE, Action.FOUND, Action.WATCH, Action.ALERT})


def can(membership: Membership | None, action: Action) -> bool:
    """Whether this member may do `action` in the chapter of the membership; nobody's answer is no."""
    if membership is None:
        return False
    chapter = membership.chapter
    if action in CENTRAL_ACTIONS and not chapter.is_central:
        return False
    role = Role(membership.role)
    if action == Action.MANAGE_ACCOUNTS and chapter.accounts_by == chapter.AccountsBy.EDITORS:
        return role in {E, L}
    return role in TABLE[action]


class Visible(models.TextChoices):
    """A part of a chapter that somebody outside it may see."""

    NAME = "name", _("Name and region")
    PUBLISHED_POSTS = "published_posts", _("Published posts")
    ASKED_POSTS = "asked_posts", _("Posts for which the chapter asked help")


def visible_to(viewer: Membership, chapter: Chapter) -> frozenset[Visible]:
    """What a member of one chapter sees of another: product promise 4.

    The central team sees a chapter's name and region, its published posts and the posts it asked help with.
    Other chapters see the name and region, and the posts it asked them about.
    """
    if viewer.chapter.is_central and not chapter.is_central:
        return frozenset(Visible)
    return frozenset({Visible.NAME, Visible.ASKED_POSTS})
