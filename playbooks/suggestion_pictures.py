"""Pictures of suggestions, sent to browsers of people who may look at the suggestion."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse

from playbooks.models import SuggestionImage


def send(image: SuggestionImage) -> HttpResponse:
    """The bytes, which never change. Raises Http404 where they are gone."""
    try:
        stored = image.file.storage.open(image.file.name, "rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    response = FileResponse(stored, content_type=image.mime)
    response["Content-Disposition"] = f'inline; filename="{image.uid}.{image.file.name.rpartition(".")[2]}"'
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
