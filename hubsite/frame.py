"""What the page frame shows: where the person is, where they can go, what waits for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, Notice
from chapters.permissions import Action, can
from posts import pages


@dataclass(frozen=True)
class Entry:
    """One place in the navigation."""

    key: str
    label: str
    icon: str
    url: str
    count: int = 0
    current: bool = False


@dataclass
class Frame:
    """The variables that templates/frame reads."""

    theme: str = "system"
    theme_url: str = ""
    signout_url: str = ""
    chapter: Chapter | None = None
    memberships: list[dict[str, Any]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    tabs: list[Entry] = field(default_factory=list)
    notices_url: str = ""
    notices_count: int = 0
    admin_url: str = ""
    banner: dict[str, str] | None = None


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Nothing is queried until a template asks."""
    return {"frame": SimpleLazyObject(lambda: build(request))}


def build(request: HttpRequest) -> Frame:
    """The frame of one request; for somebody not signed in, little more than the theme."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return Frame()
    memberships = list(
        Membership.objects.filter(user=request.user)
        .exclude(chapter__state=Chapter.State.LEFT)
        .select_related("chapter")
        .order_by("chapter__name")
    )
    membership = getattr(request, "membership", None) or (memberships[0] if memberships else None)
    chapter = membership.chapter if membership else None
    entries = _entries(request, membership) if membership else []
    return Frame(
        theme=request.user.theme,
        theme_url=reverse("theme"),
        signout_url=reverse("account_logout"),
        chapter=chapter,
        memberships=[
            {
                "chapter": m.chapter,
                "role_label": m.get_role_display(),
                "url": reverse("chapter_home", args=[m.chapter.slug]),
                "current": bool(chapter and m.chapter_id == chapter.pk),
            }
            for m in memberships
        ],
        entries=entries,
        tabs=_tabs(membership, entries) if membership else [],
        notices_url=reverse("notice_list"),
        admin_url=reverse("admin:index") if request.user.is_staff else "",
        notices_count=Notice.objects.filter(person=request.user, read_at=None).count(),
        banner=_banner(chapter),
    )


def _entries(request: HttpRequest, membership: Membership) -> list[Entry]:
    slug = membership.chapter.slug
    waiting = pages.review_count(membership) if can(membership, Action.REVIEW) else 0
    rows = [
        ("home", _("Home"), "house", reverse("chapter_home", args=[slug]), 0),
        ("plan", _("Plan"), "calendar", reverse("plan", args=[slug]), 0),
        ("posts", _("Posts"), "files", reverse("post_list", args=[slug]), 0),
        ("review", _("Review"), "message-square-text", reverse("review_list", args=[slug]), waiting),
        ("playbooks", _("Playbooks"), "book-open", reverse("playbook_list", args=[slug]), 0),
        ("accounts", _("Accounts"), "at-sign", reverse("account_list", args=[slug]), 0),
        ("people", _("People"), "users", reverse("member_list", args=[slug]), 0),
        ("settings", _("Settings"), "settings", reverse("chapter_settings", args=[slug]), 0),
    ]
    if not can(membership, Action.REVIEW):
        rows = [row for row in rows if row[0] != "review"]
    if not can(membership, Action.MANAGE_SETTINGS):
        rows = [row for row in rows if row[0] != "settings"]
        rows.append(("about", _("About"), "info", reverse("chapter_about", args=[slug]), 0))
    if membership.chapter.is_central:
        if can(membership, Action.HELP):
            asked = pages.asking_count(membership)
            rows.append(("asking", _("Chapters asking"), "life-buoy", reverse("asking"), asked))
        rows.append(("chapters", _("Chapters"), "map", reverse("chapter_list"), 0))
        if can(membership, Action.TEACH):
            rows.append(("teaching", _("Write playbooks"), "pencil-line", reverse("teaching"), 0))
    here = _current(request.path, [(row[0], row[3]) for row in rows])
    return [Entry(key, label, icon, url, count, key == here) for key, label, icon, url, count in rows]


def _tabs(membership: Membership, entries: list[Entry]) -> list[Entry]:
    """Home, Plan, Write, Playbooks; the fifth, More, is the frame's own menu of all entries."""
    by_key = {entry.key: entry for entry in entries}
    tabs = [by_key["home"], by_key["plan"]]
    if can(membership, Action.WRITE):
        tabs.append(Entry("write", _("Write"), "pencil", reverse("post_new", args=[membership.chapter.slug])))
    return [*tabs, by_key["playbooks"]]


def _current(path: str, places: list[tuple[str, str]]) -> str:
    """The entry whose address is the longest beginning of `path`."""
    matching = [(len(url), key) for key, url in places if path.startswith(url)]
    return max(matching)[1] if matching else ""


def _banner(chapter: Chapter | None) -> dict[str, str] | None:
    if chapter is None or chapter.state != Chapter.State.PAUSED:
        return None
    return {
        "kind": "attention",
        "text": _("Publishing is paused for %(chapter)s: %(reason)s")
        % {"chapter": chapter.name, "reason": chapter.paused_reason or _("no reason given")},
        "link_url": reverse("chapter_about", args=[chapter.slug]),
        "link_text": _("See who paused it, or resume"),
    }
