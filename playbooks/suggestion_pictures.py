"""Pictures of suggestions: kept as they come with a form, and sent to whoever may see the suggestion."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse
from django.utils.translation import gettext as _

from chapters.events import Actor
from playbooks import suggesting
from playbooks.errors import TeachingError
from playbooks.models import Suggestion, SuggestionImage
from playbooks.suggesting import Upload
from playbooks.suggestion_forms import Editor, Picture


def keep_uploads(editor: Editor, suggestion: Suggestion, *, by: Actor) -> bool:
    """Keep what came with the form, whatever else is wrong with it; False where one was refused.

    The editor shows them from then on, so that nobody chooses one twice, and say which was refused.
    """
    for place, form, pictures in editor.rows:
        for upload in editor.uploads(place):
            try:
                kept = suggesting.add_picture(
                    suggestion=suggestion, upload=Upload(upload, upload.size), by=by
                )
            except TeachingError as refused:
                form.picture_error = refused.message
                continue
            if str(kept.uid) not in {picture.uid for picture in pictures}:
                pictures.append(Picture(str(kept.uid), ""))
    return not any(form.picture_error for form in editor.items)


def ask_again(editor: Editor) -> None:
    """Say at each post that its new pictures were not kept: there is no suggestion yet to keep them with."""
    for place, form, _pictures in editor.rows:
        if editor.uploads(place):
            form.picture_error = _("Choose the pictures again: they are kept once the draft is saved.")


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
