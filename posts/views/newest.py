"""What waits on a chapter's shelf, asked of the database once a request: pages and frame say it."""

from __future__ import annotations

from django.http import HttpRequest

from chapters.models import Chapter
from playbooks.suggested import Shown
from posts import standings


def new_on(request: HttpRequest, chapter: Chapter) -> list[Shown]:
    """The suggestions that fit the chapter and wait for its answer, the newest first."""
    if not hasattr(request, "new_suggestions"):
        request.new_suggestions = standings.new_for(chapter)
    return request.new_suggestions
