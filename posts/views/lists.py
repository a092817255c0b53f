"""A chapter's posts, with filters."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.paging import page_of
from chapters.permissions import Action, can
from posts import pages

TABS = [
    ("", _("All")),
    ("draft", _("Drafts")),
    ("in_review", _("In review")),
    ("approved", _("Approved")),
    ("scheduled", _("Scheduled")),
    ("published", _("Published")),
    ("trouble", _("Needs somebody")),
]


@require_GET
@chapter_view(Action.SEE)
def post_list(request: HttpRequest) -> HttpResponse:
    """Every post of the chapter, newest first; scheduled ones in the order in which they go out."""
    chapter = request.chapter
    wanted = pages.Wanted(
        status=request.GET.get("status", ""),
        author=request.GET.get("author", ""),
        account=request.GET.get("account", ""),
        words=request.GET.get("q", "").strip(),
    )
    found = pages.shown(pages.find(chapter, wanted))
    by_time = wanted.status == "scheduled"
    if by_time:
        page = page_of(request, found.filter(planned_at__isnull=False), "planned_at")
    else:
        page = page_of(request, found, descending=True)
    narrowed = {
        name: value
        for name, value in (("author", wanted.author), ("account", wanted.account), ("q", wanted.words))
        if value
    }
    return render(
        request,
        "posts/post_list.html",
        {
            "page": page,
            "by_time": by_time,
            "wanted": wanted,
            "is_narrowed": bool(narrowed),
            "tabs": [(key, label, _tab_query(key, narrowed)) for key, label in TABS],
            "authors": pages.authors_to_filter(chapter),
            "accounts": pages.accounts_to_filter(chapter),
            "may_write": can(request.membership, Action.WRITE),
        },
    )


def _tab_query(key: str, narrowed: dict[str, str]) -> str:
    query = urlencode({**({"status": key} if key else {}), **narrowed})
    return f"?{query}" if query else ""
