"""Pictures in playbooks: added by the central team, shown to whoever reads the text."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chapters.access import central_view, last_chapter, public
from chapters.events import Actor
from chapters.permissions import Action
from playbooks import pictures
from playbooks.errors import TeachingError
from playbooks.forms_entries import PictureForm, PictureWordsForm
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
    is_sent = request.method == "POST"
    form = PictureForm(request.POST, request.FILES) if is_sent else PictureForm()
    if form.is_valid():
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
    return _page(request, found, form)


@require_POST
@central_view(Action.TEACH)
def playbook_picture_words(request: HttpRequest, playbook: str, uid: uuid.UUID) -> HttpResponse:
    """Say better what a picture shows."""
    picture = _picture(playbook, uid)
    form = PictureWordsForm(request.POST)
    if not form.is_valid():
        return _page(request, picture.playbook, PictureForm(), wrong=form, wrong_uid=uid)
    by, alt = Actor.person(request.user), form.cleaned_data["alt"]
    said = _("Saved. Where the text shows the picture, put its new line in place of the old one.")
    return _do(request, picture, lambda: pictures.describe(picture=picture, alt=alt, by=by), said)


@require_POST
@central_view(Action.TEACH)
def playbook_picture_remove(request: HttpRequest, playbook: str, uid: uuid.UUID) -> HttpResponse:
    """Take a picture away; taken away already, there is nothing to do."""
    if not PlaybookPicture.objects.filter(uid=uid).exists():
        return redirect("playbook_pictures", get_object_or_404(Playbook, slug=playbook).slug)
    picture, by = _picture(playbook, uid), Actor.person(request.user)
    return _do(
        request, picture, lambda: pictures.remove(picture=picture, by=by), _("The picture is removed.")
    )


def _page(
    request: HttpRequest,
    playbook: Playbook,
    form: PictureForm,
    *,
    wrong: PictureWordsForm | None = None,
    wrong_uid: uuid.UUID | None = None,
) -> HttpResponse:
    shown = pictures.shown_in(playbook)
    context = {
        "playbook": playbook,
        "form": form,
        "pictures": [(picture, shown.get(picture.uid)) for picture in playbook.pictures.all()],
        "wrong": wrong,
        "wrong_uid": wrong_uid,
    }
    status = UNPROCESSABLE if form.is_bound or wrong else 200
    return render(request, "playbooks/playbook_pictures.html", context, status=status)


def _do(
    request: HttpRequest, picture: PlaybookPicture, verb: Callable[[], object], said: str
) -> HttpResponse:
    try:
        verb()
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, said)
    return redirect("playbook_pictures", playbook=picture.playbook.slug)


def _picture(slug: str, uid: uuid.UUID) -> PlaybookPicture:
    return get_object_or_404(PlaybookPicture.objects.select_related("playbook"), uid=uid, playbook__slug=slug)
