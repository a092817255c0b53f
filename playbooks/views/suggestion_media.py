"""Pictures of suggestions, for the central team. Chapters get them from their shelf."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from chapters.access import central_view
from chapters.permissions import Action
from playbooks.models import SuggestionImage
from playbooks.suggestion_pictures import send


@require_safe
@central_view(Action.TEACH)
def suggestion_picture(request: HttpRequest, uid: str, media: str) -> HttpResponse:
    """A picture of the suggestion, offered or not."""
    return send(get_object_or_404(SuggestionImage, suggestion__uid=uid, uid=media))
