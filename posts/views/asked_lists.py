"""The list of posts that others asked somebody to look at: what waits first, what was answered below it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from chapters.paging import page_of
from posts import helping, pages

ANSWERED_SHOWN = 10


def asked_lists(request: HttpRequest) -> dict[str, Any]:
    """What both lists read: a page of what waits with the last answers below it, or, with `?answered`, a page
    of all that was answered; and the thanks for it."""
    membership = request.membership
    answered = pages.asked_of(membership, pages.help_answered(membership))
    if "answered" in request.GET:
        page, last = page_of(request, answered, "answered_at", descending=True), []
    else:
        page = page_of(request, pages.asked_of(membership, pages.help_unanswered(membership)), "wanted")
        last = list(answered.order_by("-answered_at", "-pk")[: ANSWERED_SHOWN + 1])
    return {
        "page": page,
        "rows": [row for row in page.rows if pages.may_see(membership, row)],
        "only_answered": "answered" in request.GET,
        "answered": [row for row in last[:ANSWERED_SHOWN] if pages.may_see(membership, row)],
        "more_answered": len(last) > ANSWERED_SHOWN,
        "thanks": list(helping.thanks_for(membership)),
    }
