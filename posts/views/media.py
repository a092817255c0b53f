"""Pictures and videos, shown to those who may see the posts they belong to, and to platforms that were given
an address. Their bytes never change."""

from __future__ import annotations

import re
import time

from django.core.cache import caches
from django.core.files import File
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chapters.access import chapter_view, public
from chapters.permissions import Action
from posts import media_grants, tray
from posts.models import Media
from posts.models.media import ENDINGS
from posts.views import sheet
from posts.views.asked import both, open_request

KEPT_BY_ONE_BROWSER = "private, max-age=31536000, immutable"
KEPT_BY_NOBODY = "private, no-store"
FETCHES = 600  # a minute of one address, in each process: a video is fetched in many pieces
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@require_safe
@chapter_view(Action.SEE)
def media(request: HttpRequest, uid: str) -> HttpResponse:
    """One of the chapter's pictures or videos."""
    found = get_object_or_404(Media, chapter=request.chapter, uid=uid)
    return _serve(request, found.file, found.mime, name=str(found.uid))


@require_safe
@chapter_view(Action.SEE)
def media_poster(request: HttpRequest, uid: str) -> HttpResponse:
    """The still picture of one of the chapter's videos."""
    return _still(request, get_object_or_404(Media, chapter=request.chapter, uid=uid))


@require_POST
@chapter_view(Action.WRITE)
def media_add(request: HttpRequest) -> HttpResponse:
    """Take in one file ahead of the sheet it is for, which then names it: a fragment of that sheet."""
    laid = tray.of_form(request.POST, request.chapter)
    before = len(laid.laid)
    files = request.FILES.getlist("images")[:1]
    tray.take_in(laid, files, [], chapter=request.chapter, by=request.user)
    added = [sheet.picture_of(request.chapter, each) for each in laid.laid[before:]]
    if not files:
        laid.errors.append(_("Choose a video or a picture first."))
    context = {"pictures": added, "errors": laid.errors}
    return render(request, "posts/compose/_added.html", context, status=422 if laid.errors else 200)


def _asked_media(request: HttpRequest, uid: str, media: str) -> HttpResponse:
    """A picture or video of a post that a chapter asked this reader to look at."""
    asked = open_request(request, uid)
    found = get_object_or_404(Media, uses__post=asked.post, uid=media)
    return _serve(request, found.file, found.mime, name=str(found.uid))


def _asked_media_poster(request: HttpRequest, uid: str, media: str) -> HttpResponse:
    """The still picture of a video of such a post."""
    asked = open_request(request, uid)
    return _still(request, get_object_or_404(Media, uses__post=asked.post, uid=media))


asked_media, chapter_asked_media = both(_asked_media, Action.HELP, "GET", "HEAD")
asked_media_poster, chapter_asked_media_poster = both(_asked_media_poster, Action.HELP, "GET", "HEAD")


@require_safe
@public
def granted_media(request: HttpRequest, token: str, ending: str) -> HttpResponse:
    """A file that a platform may fetch for a while, by an address that only it was given."""
    kept = media_grants.opened(token, ending, timezone.now())
    if kept is None:
        raise Http404
    if _is_too_often(token):
        return HttpResponse(status=429, headers={"Retry-After": "60", "Cache-Control": KEPT_BY_NOBODY})
    response = _serve(request, kept.file, kept.mime, name="media", caching=KEPT_BY_NOBODY)
    response["X-Robots-Tag"] = "noindex"
    return response


def _is_too_often(token: str) -> bool:
    """Counted by each process for itself: whoever has an address may not keep the hub busy with it."""
    counts, name = caches["process"], f"granted_media:{media_grants.hash_of(token)}:{int(time.time() // 60)}"
    counts.add(name, 0, timeout=120)
    try:
        return counts.incr(name) > FETCHES
    except ValueError:  # it was dropped in between
        return False


def _still(request: HttpRequest, media: Media) -> HttpResponse:
    if not media.poster:
        raise Http404
    return _serve(request, media.poster, "image/jpeg", name=f"{media.uid}-poster")


def _serve(
    request: HttpRequest, kept: FieldFile, mime: str, *, name: str, caching: str = KEPT_BY_ONE_BROWSER
) -> HttpResponse:
    """The file, or the part of it that is asked for: without parts some browsers play no video."""
    try:
        stored = kept.storage.open(kept.name, "rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    size = stored.size
    part = _asked_part(request, size)
    if part is None:
        response = FileResponse(stored, content_type=mime)
    elif part[0] >= size:
        stored.close()
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        first, last = part
        response = FileResponse(_Part(stored, first, last), status=206, content_type=mime)
        response["Content-Length"] = str(last - first + 1)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = f'inline; filename="{name}.{ENDINGS[mime]}"'
    response["Cache-Control"] = caching
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _asked_part(request: HttpRequest, size: int) -> tuple[int, int] | None:
    """The first and last byte that are asked for; None where it is the whole file (RFC 9110, section 14)."""
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or request.method == "HEAD" or "If-Range" in request.headers:
        return None
    begin, end = match.groups()
    if begin:
        first, last = int(begin), min(int(end), size - 1) if end else size - 1
        return None if end and int(end) < first else (first, last)
    if not end:
        return None
    return (max(0, size - int(end)), size - 1) if int(end) else (size, size)


class _Part:
    """Reads one stretch of a file, as a file."""

    def __init__(self, stored: File, first: int, last: int) -> None:
        self._stored = stored
        self._left = last - first + 1
        stored.seek(first)

    def read(self, most: int = -1) -> bytes:
        wanted = self._left if most < 0 else min(most, self._left)
        data = self._stored.read(wanted)
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._stored.close()
