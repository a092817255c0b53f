"""Pictures in playbooks: added by the central team, shown to whoever reads the text."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chapters.access import central_view, last_chapter, public
from chapters.events import Actor
from chapters.permissions import Action
from playbooks import pictures
from playbooks.errors import TeachingError
from playbooks.forms_entries import PictureForm
from playbooks.models import Playbook, PlaybookPicture

UNPROCESSABLE = 422


@require_safe
@public
def playbook_picture(request: HttpRequest, uid: uuid.UUID) -> HttpResponse | FileResponse:
    """A picture: for members of a chapter, and for everybody where its playbook is open to everybody."""
    picture = get_object_or_404(PlaybookPicture, uid=uid)
    is_member = request.user.is_authenticated and last_chapter(request) is not None
    if not is_member and not pictures.is_open(picture):
        raise Http404
    answer = FileResponse(picture.file.open("rb"), content_type=picture.mime)
    answer["Cache-Control"] = "private, max-age=86400"
    answer["X-Robots-Tag"] = "noindex"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_pictures(request: HttpRequest, playbook: str) -> HttpResponse:
    """The pictures of a playbook with what to write to show each, and a form for one more."""
    found = get_object_or_404(Playbook, slug=playbook)
    form = PictureForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            pictures.add(
                playbook=found,
                upload=form.cleaned_data["picture"],
                alt=form.cleaned_data["alt"],
                by=Actor.person(request.user),
            )
        except TeachingError as refused:
            form.add_error("picture", refused.message)
        else:
            messages.success(request, _("The picture is here. Copy its line into the text where it belongs."))
            return redirect("playbook_pictures", playbook=found.slug)
    status = UNPROCESSABLE if form.is_bound else 200
    context = {"playbook": found, "form": form, "pictures": found.pictures.all()}
    return render(request, "playbooks/playbook_pictures.html", context, status=status)
