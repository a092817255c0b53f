"""What people typed, and the copy of it that their browser keeps (static/js/elements/unsaved-guard.js)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest


def stored(request: HttpRequest, words: str, *, guard: str) -> None:
    """Say that what was typed under the guard's key is stored: the next page tells the browser to drop its
    copy. It is told once, so that loading that page again drops nothing that was typed since."""
    messages.success(request, words, extra_tags=guard)
