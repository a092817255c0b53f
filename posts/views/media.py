"""Pictures, shown to those who may see the posts they belong to. Their bytes never change."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from chapters.access import central_view, chapter_view
from chapters.permissions import Action
from posts.models import Media
from posts.views.asked import open_request


@require_safe
@chapter_view(Action.SEE)
def media(request: HttpRequest, uid: str) -> HttpResponse:
    """One of the chapter's pictures."""
    return _serve(get_object_or_404(Media, chapter=request.chapter, uid=uid))


@require_safe
@central_view(Action.HELP)
def asked_media(request: HttpRequest, uid: str, media: str) -> HttpResponse:
    """A picture of a post that a chapter asked this team to look at."""
    asked = open_request(request, uid)
    return _serve(get_object_or_404(Media, uses__post=asked.post, uid=media))


def _serve(media: Media) -> HttpResponse:
    try:
        stored = media.file.open("rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    response = FileResponse(stored, content_type=media.mime)
    response["Content-Disposition"] = f'inline; filename="{media.uid}.{media.mime.rpartition("/")[2]}"'
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
