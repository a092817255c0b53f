"""The pictures of a post, or its video, while it is being written.

What is uploaded is kept at once, whatever else is wrong with the form, and the next form names it by its uid:
nobody has to choose a picture twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _

from chapters.models import Chapter, User
from posts import media_store, media_video
from posts.composing import IMAGES_MAX, Picture
from posts.models import Media, Post
from posts.platforms.base import Image, Video
from posts.problems import Refused

ALT_MAX = 1500


@dataclass
class Laid:
    """One picture in the tray, or the video, with its description."""

    media: Media
    alt: str = ""
    focus_x: float = 0.0
    focus_y: float = 0.0

    @property
    def picture(self) -> Picture:
        uid = str(self.media.uid)
        return Picture(uid, self.alt.strip(), self.focus_x, self.focus_y, self.media.is_video)


@dataclass
class Tray:
    """The pictures in order, what went wrong with new ones, and whether the form let people describe them."""

    laid: list[Laid] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    added: int = 0
    asked_for_words: bool = True
    to_come: Sequence[str] = ()  # descriptions of pictures that the browser has and did not send yet

    @property
    def pictures(self) -> list[Picture]:
        return [laid.picture for laid in self.laid]

    @property
    def images(self) -> tuple[Image, ...]:
        """The pictures, as adapters see them before they are fitted."""
        pictures = (laid for laid in self.laid if not laid.media.is_video)
        here = [media_store.image_of(laid.media, alt=laid.alt.strip()) for laid in pictures]
        return (*here, *(_not_seen(alt) for alt in self.to_come))

    @property
    def video(self) -> Video | None:
        """The video, as adapters see it."""
        videos = (laid for laid in self.laid if laid.media.is_video)
        return next((media_store.video_of(laid.media, alt=laid.alt.strip()) for laid in videos), None)

    @property
    def without_words(self) -> list[int]:
        """The numbers, from 1, of pictures that nobody described."""
        return [
            number
            for number, laid in enumerate(self.laid, 1)
            if not laid.alt.strip() and not laid.media.is_video
        ]

    @property
    def video_without_words(self) -> bool:
        return any(laid.media.is_video and not laid.alt.strip() for laid in self.laid)


def _not_seen(alt: str) -> Image:
    """A picture of which the hub knows that it comes: nothing is wrong with it until it is there."""
    return Image("", "image/jpeg", 1000, 1000, 1, alt.strip(), bytes)


def of_post(post: Post) -> Tray:
    """The pictures of a stored post."""
    uses = post.media_uses.select_related("media").order_by("order")
    return Tray([Laid(use.media, use.alt, use.focus_x, use.focus_y) for use in uses])


def of_form(data: QueryDict, chapter: Chapter, *, before: Tray | None = None) -> Tray:
    """The pictures a sent form names, without those taken out, those of other chapters and unknown ones."""
    taken_out = set(data.getlist("remove_image"))
    wanted = [uid for uid in _uids(data.getlist("picture")) if uid not in taken_out]
    known = {str(media.uid): media for media in Media.objects.filter(chapter=chapter, uid__in=wanted)}
    focus = {str(laid.media.uid): (laid.focus_x, laid.focus_y) for laid in before.laid} if before else {}
    return Tray(
        [
            Laid(known[uid], data.get(f"alt_{uid}", "")[:ALT_MAX], *focus.get(uid, (0.0, 0.0)))
            for uid in wanted
            if uid in known
        ]
    )


def take_in(
    tray: Tray, files: Sequence[UploadedFile], alts: Sequence[str], *, chapter: Chapter, by: User
) -> None:
    """Keep the uploaded files and lay them at the end of the tray; what cannot be kept becomes an error."""
    tray.asked_for_words = not files or bool(alts)
    there = {laid.media.pk for laid in tray.laid}
    for number, upload in enumerate(files):
        is_video = media_video.is_video(upload)
        if why := _no_room(tray, is_video=is_video):
            if why not in tray.errors:
                tray.errors.append(why)
            continue
        try:
            media = _store(upload, is_video, chapter, by)
        except Refused as refusal:
            tray.errors.append(_("%(name)s: %(why)s") % {"name": upload.name, "why": refusal.message})
            continue
        if media.pk not in there:
            there.add(media.pk)
            tray.added += 1
            tray.laid.append(Laid(media, alts[number][:ALT_MAX] if number < len(alts) else ""))


def _store(upload: UploadedFile, is_video: bool, chapter: Chapter, by: User) -> Media:
    if is_video:
        return media_video.store(upload, chapter=chapter, by=by)
    return media_store.store(upload, size=upload.size, chapter=chapter, by=by)


def _no_room(tray: Tray, *, is_video: bool) -> str:
    """Why one more is not laid down; empty where it is."""
    has_video = any(laid.media.is_video for laid in tray.laid)
    if is_video and has_video:
        return _("A post takes one video. Take the one that is here out first.")
    if is_video and tray.laid:
        return _(
            "A post has pictures or one video, not both. Take the pictures out, then add the video again."
        )
    if has_video:
        return _("A post has pictures or one video, not both. Take the video out, then add pictures again.")
    if len(tray.laid) >= IMAGES_MAX:
        return _("A post takes up to %(max)d pictures; the others were left out.") % {"max": IMAGES_MAX}
    return ""


def is_uid(value: str) -> bool:
    """Whether a value somebody sent can be a uid at all."""
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def _uids(values: Iterable[str]) -> list[str]:
    """The well-formed ones, each once, as the database writes them."""
    return list({str(uuid.UUID(value)): None for value in values if is_uid(value)})
