"""What the page frame shows: where the person is, where they can go, what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from chapters import advisories, wishes
from chapters.advisories import Standing
from chapters.models import Chapter, Membership, Notice
from chapters.permissions import Action, can
from hubsite.lib import times
from playbooks import asking, suggesting, taking, todos
from posts import pages
from posts.publishing import health
from posts.views.newest import new_on

Place = tuple[str, str, str, str, int]  # key, label, icon, address, count
QUESTION_ICON = "message-circle-question-mark"
# the pages on which somebody would wonder where a post is
ABOUT_POSTS = frozenset({"chapter_home", "post_list", "plan", "plan_day", "post_detail"})
LATE = {
    "kind": "info",
    "text": _lazy(
        "Publishing is running a few minutes late. Your posts wait safely and go out by themselves, each "
        "once; there is nothing you need to do."
    ),
}


@dataclass(frozen=True)
class Entry:
    """One place in the navigation."""

    key: str
    label: str
    icon: str
    url: str
    count: int = 0
    current: bool = False


class Frame:
    """The variables that templates/frame reads. Each is worked out when a template first asks for it, so that
    a page with nothing but a theme, such as an error page, queries nothing."""

    def __init__(self, request: HttpRequest) -> None:
        user = getattr(request, "user", None)
        self.request = request
        self.person = user if user is not None and user.is_authenticated else None

    @property
    def theme(self) -> str:
        return self.person.theme if self.person else "system"

    @property
    def theme_url(self) -> str:
        return reverse("theme") if self.person else ""

    @property
    def signout_url(self) -> str:
        return reverse("account_logout") if self.person else ""

    @property
    def notices_url(self) -> str:
        return reverse("notice_list") if self.person else ""

    @property
    def admin_url(self) -> str:
        return reverse("admin:index") if self.person and self.person.is_staff else ""

    @property
    def publishing_url(self) -> str:
        return reverse("publishing") if self.person and self.person.is_staff else ""

    @cached_property
    def notices_count(self) -> int:
        return Notice.objects.filter(person=self.person, read_at=None).count() if self.person else 0

    @cached_property
    def chapter(self) -> Chapter | None:
        return self._membership.chapter if self._membership else None

    @cached_property
    def memberships(self) -> list[dict[str, Any]]:
        """The person's chapters, for changing between them."""
        return [
            {
                "chapter": m.chapter,
                "role_label": m.get_role_display(),
                "url": reverse("chapter_home", args=[m.chapter.slug]),
                "current": bool(self.chapter and m.chapter_id == self.chapter.pk),
            }
            for m in self._memberships
        ]

    @cached_property
    def entries(self) -> list[Entry]:
        return _entries(self.request, self._membership) if self._membership else []

    @cached_property
    def tabs(self) -> list[Entry]:
        return _tabs(self._membership, self.entries) if self._membership else []

    @cached_property
    def more_count(self) -> int:
        """What waits at the places that a phone shows only in the menu More."""
        on_tabs = {tab.key for tab in self.tabs}
        return sum(entry.count for entry in self.entries if entry.key not in on_tabs)

    @cached_property
    def banner(self) -> dict[str, str] | None:
        return _paused_banner(self._membership) or self._emergency_banner() or self._late_banner()

    def _emergency_banner(self) -> dict[str, str] | None:
        found = wishes.emergency() if getattr(self.request, "membership", None) else None
        if found is None:
            return None
        return {
            "kind": "attention",
            "text": _("The central team has declared an emergency: %(reason)s") % {"reason": found.reason},
            "link_url": reverse("emergency_list"),
            "link_text": _("Who declared it, and until when"),
        }

    @cached_property
    def advisories(self) -> list[Standing]:
        """The advisories that wait for this chapter's answer, on its own pages."""
        entered = getattr(self.request, "membership", None)
        if entered is None or entered.chapter.state == Chapter.State.PAUSED:
            return []
        return [each for each in advisories.current_for(entered.chapter) if each.answer is None]

    @property
    def may_pause(self) -> bool:
        return can(self._membership, Action.PAUSE)

    def _late_banner(self) -> dict[str, str] | None:
        match = getattr(self.request, "resolver_match", None)
        entered = getattr(self.request, "membership", None)
        if entered is None or match is None or match.url_name not in ABOUT_POSTS:
            return None
        return LATE if health.is_noticeably_late() else None

    @cached_property
    def _memberships(self) -> list[Membership]:
        if self.person is None:
            return []
        return list(
            Membership.objects.filter(user=self.person)
            .exclude(chapter__state=Chapter.State.LEFT)
            .select_related("chapter")
            .order_by("chapter__name")
        )

    @cached_property
    def _membership(self) -> Membership | None:
        """The one whose pages these are: the address's, or the first."""
        if self.person is None:
            return None
        entered = getattr(self.request, "membership", None)
        return entered or (self._memberships[0] if self._memberships else None)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Nothing is queried until a template asks."""
    return {"frame": SimpleLazyObject(lambda: Frame(request))}


def _entries(request: HttpRequest, membership: Membership) -> list[Entry]:
    rows = _own_places(request, membership)
    if membership.chapter.is_central:
        rows = _in_the_order_of_the_team([*rows, *_central_places(membership)])
    here = _current(request.path, [*((row[0], row[3]) for row in rows), *_beside(membership)])
    return [Entry(key, label, icon, url, count, key == here) for key, label, icon, url, count in rows]


def _own_places(request: HttpRequest, membership: Membership) -> list[Place]:
    """What a member of any chapter finds: what they may not open is left out."""
    slug, may = membership.chapter.slug, partial(can, membership)
    waiting = pages.review_count(membership) if may(Action.REVIEW) else 0
    suggested = _new_suggestions(request, membership)
    answered = asking.waits_for_asker(membership).count()
    score = _("How we help") if membership.chapter.is_central else _("How we are helped")
    rows = [
        ("home", _("Home"), "house", reverse("chapter_home", args=[slug]), 0),
        ("plan", _("Plan"), "calendar", reverse("plan", args=[slug]), 0),
        ("posts", _("Posts"), "files", reverse("post_list", args=[slug]), 0),
        ("review", _("Review"), "message-square-text", reverse("review_list", args=[slug]), waiting),
        ("playbooks", _("Playbooks"), "book-open", reverse("playbook_list", args=[slug]), 0),
        ("suggestions", _("Suggestions"), "gift", reverse("shelf", args=[slug]), suggested),
        ("questions", _("Questions"), QUESTION_ICON, reverse("question_list", args=[slug]), answered),
        ("scorecard", score, "chart-column", reverse("scorecard", args=[slug]), 0),
        ("accounts", _("Accounts"), "at-sign", reverse("account_list", args=[slug]), 0),
        ("people", _("People"), "users", reverse("member_list", args=[slug]), 0),
    ]
    if not may(Action.REVIEW):
        rows = [row for row in rows if row[0] != "review"]
    if may(Action.MANAGE_SETTINGS):
        rows.append(("settings", _("Settings"), "settings", reverse("chapter_settings", args=[slug]), 0))
    else:
        rows.append(("about", _("About"), "info", reverse("chapter_about", args=[slug]), 0))
    if may(Action.HELP) and not membership.chapter.is_central:
        url, asked = reverse("asked_of_us", args=[slug]), pages.asked_count(membership)
        if asked or request.path.startswith(url):  # a room that is empty for most needs no door
            rows.append(("asked", _("Asked of us"), "life-buoy", url, asked))
    return rows


def _central_places(membership: Membership) -> list[Place]:
    """What only members of the central team find."""
    may, rows = partial(can, membership), []
    if may(Action.HELP):
        url, asked = reverse("questions_waiting"), pages.asking_count(membership)
        owed = taking.left_for(membership.user).count()
        rows.append(("answering", _("Questions of chapters"), "messages-square", url, owed))
        rows.append(("asking", _("Chapters asking"), "life-buoy", reverse("asking"), asked))
    if may(Action.TEACH):
        waiting, sent_in = todos.count(membership.user), suggesting.waiting().count()
        rows.append(("todos", _("Waiting for you"), "inbox", reverse("todo_list"), waiting))
        rows.append(("teaching", _("Write playbooks"), "pencil-line", reverse("teaching"), 0))
        rows.append(("suggesting", _("Write suggestions"), "gift", reverse("suggestion_list"), sent_in))
    rows.append(("chapters", _("Chapters"), "map", reverse("chapter_list"), 0))
    rows.append(("advisories", _("Advisories"), "megaphone", reverse("advisory_list"), 0))
    if may(Action.WATCH):
        rows.append(("publishing", _("Publishing"), "activity", reverse("publishing"), 0))
    return rows


# The team helps first and writes its own posts besides; its own shelf and questions are those of chapters.
TEAMS_ORDER = (
    "home", "answering", "asking", "todos", "teaching", "suggesting", "playbooks", "scorecard", "chapters",
    "plan", "posts", "review", "advisories", "publishing", "accounts", "people", "settings", "about",
)  # fmt: skip


def _in_the_order_of_the_team(rows: list[Place]) -> list[Place]:
    by_key = {row[0]: row for row in rows}
    return [by_key[key] for key in TEAMS_ORDER if key in by_key]


def _new_suggestions(request: HttpRequest, membership: Membership) -> int:
    """How many suggestions the chapter has not answered, for those who may answer."""
    if membership.chapter.is_central or not can(membership, Action.WRITE):
        return 0
    return len(new_on(request, membership.chapter))


def _tabs(membership: Membership, entries: list[Entry]) -> list[Entry]:
    """Home, Plan, Write, Playbooks; the fifth, More, is the frame's own menu of all entries."""
    by_key = {entry.key: entry for entry in entries}
    tabs = [by_key["home"], by_key["plan"]]
    if can(membership, Action.WRITE):
        tabs.append(Entry("write", _("Write"), "pencil", reverse("post_new", args=[membership.chapter.slug])))
    return [*tabs, by_key["playbooks"]]


def _beside(membership: Membership) -> list[tuple[str, str]]:
    """Pages that have no entry of their own, with the one that leads to them."""
    return [
        ("playbooks", reverse("practice_list", args=[membership.chapter.slug])),
        ("teaching", reverse("practices_teach")),
    ]


def _current(path: str, places: list[tuple[str, str]]) -> str:
    """The entry whose address is the longest beginning of `path`."""
    matching = [(len(url), key) for key, url in places if path.startswith(url)]
    return max(matching)[1] if matching else ""


def _as_sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def _paused_banner(membership: Membership | None) -> dict[str, str] | None:
    chapter = membership.chapter if membership else None
    if chapter is None or chapter.state != Chapter.State.PAUSED:
        return None
    text = _("Publishing is paused for %(chapter)s: %(reason)s") % {
        "chapter": chapter.name,
        "reason": _as_sentence(chapter.paused_reason or _("no reason given")),
    }
    if chapter.paused_until is not None:
        until = times.when(chapter.paused_until, chapter.zone)
        meant = _("It is meant to last until %(when)s, and ends when somebody of you resumes.")
        text = f"{text} {meant % {'when': until}}"
    return {
        "kind": "attention",
        "text": text,
        "link_url": reverse("chapter_about", args=[chapter.slug]),
        "link_text": _("See who paused it, or resume")
        if can(membership, Action.PAUSE)
        else _("See who paused it"),
    }
