"""Videos: looked into by a bounded process, packed anew without what describes them, kept with a still.

A video is never in memory whole: the upload is a file, the process writes a file, and that is copied to the
storage in pieces.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chapters.models import Chapter, User
from posts.models import Media
from posts.problems import Refused

log = logging.getLogger(__name__)

LOOK_SECONDS = 120.0  # wall time for one file
STILLS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG", "TMPDIR")


@dataclass(frozen=True)
class Looked:
    """What the process found, upright: pixels and seconds."""

    width: int
    height: int
    seconds: float


def is_video(upload: UploadedFile) -> bool:
    """Whether a file is meant as a video, by how it begins; what is in it is found out by `store`.

    Phones' still pictures (HEIC) come in the same kind of box as MP4, with another name on it.
    """
    upload.seek(0)
    head = upload.read(12)
    upload.seek(0)
    if head[4:8] == b"ftyp":
        return head[8:12] not in STILLS
    is_film = head[:4] == b"\x1a\x45\xdf\xa3" or head[4:8] in {b"moov", b"mdat", b"wide"}
    return is_film or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")


def store(upload: UploadedFile, *, chapter: Chapter, by: User | None) -> Media:
    """Take in one video somebody uploaded. The same video again gives the same row. Raises Refused."""
    if upload.size > settings.MEDIA_VIDEO_MAX_BYTES:
        raise Refused(
            _("The video is larger than %(max)d MB. Choose a shorter or smaller one; your text is kept.")
            % {"max": settings.MEDIA_VIDEO_MAX_BYTES // 1024**2}
        )
    with tempfile.TemporaryDirectory(prefix="hub-video-") as folder:
        source, packed, poster = (Path(folder) / name for name in ("in", "out.mp4", "poster.jpg"))
        _lay_down(upload, source)
        looked = look_into(source, packed, poster)
        checksum = _checksum(packed)
        known = Media.objects.filter(chapter=chapter, checksum=checksum).first()
        return known or _keep(looked, packed, poster, checksum, chapter=chapter, by=by)


def look_into(source: Path, packed: Path, poster: Path) -> Looked:
    """Have a video looked into and packed anew. Raises Refused, with what the person can do."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and paths that we made
            [sys.executable, "-m", "posts.media_probe", str(source), str(packed), str(poster)],
            cwd=settings.BASE_DIR,
            env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LOOK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise _refusal("unreadable") from late
    try:
        told = json.loads(done.stdout) if done.returncode == 0 else {}
    except ValueError:
        told = {}
    if "width" in told:
        return Looked(told["width"], told["height"], told["seconds"])
    why = told.get("refused", "unreadable")
    if not told:  # its bounds ended it, or it fell over
        said = done.stderr[-500:].decode(errors="replace")
        log.warning("video could not be looked into", extra={"status": done.returncode, "said": said})
    raise _refusal(why)


def _refusal(why: str) -> Refused:
    return Refused(
        {
            "codec": _("This video is packed in a way that platforms do not take. Save it as MP4 with H.264, "
                       "as phones do."),
            "no_video": _("There is no film in this file. Choose an MP4 video."),
            "sound": _("The sound of this video is of a kind that platforms do not take. Save it as MP4 with "
                       "AAC sound, as phones do."),
            "size": _("This video has more pixels than platforms take. Save it in 4K or smaller."),
            "length": _("The hub cannot tell how long this video is. Save it again as MP4."),
        }.get(why, _("This file is not a video the hub can read. Choose an MP4 file."))
    )  # fmt: skip


def _lay_down(upload: UploadedFile, source: Path) -> None:
    """Put the upload where the process can read it: without copying it where it is a file already."""
    if hasattr(upload, "temporary_file_path"):
        try:
            os.link(upload.temporary_file_path(), source)
        except OSError:  # on another disk
            shutil.copyfile(upload.temporary_file_path(), source)
        return
    with source.open("wb") as out:
        for piece in upload.chunks():
            out.write(piece)


def _checksum(path: Path) -> str:
    with path.open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest()


def _keep(
    looked: Looked, packed: Path, poster: Path, checksum: str, *, chapter: Chapter, by: User | None
) -> Media:
    media = Media(
        chapter=chapter,
        kind=Media.Kind.VIDEO,
        checksum=checksum,
        mime="video/mp4",
        width=looked.width,
        height=looked.height,
        seconds=looked.seconds,
        size=packed.stat().st_size,
        created_by=by,
    )
    with packed.open("rb") as film, poster.open("rb") as still:
        media.file.save("video", File(film), save=False)
        media.poster.save("poster", File(still), save=False)
    try:
        with transaction.atomic():
            media.save()
    except IntegrityError:  # the same video was taken in twice at the same moment
        media.file.delete(save=False)
        media.poster.delete(save=False)
        return Media.objects.get(chapter=chapter, checksum=checksum)
    return media
