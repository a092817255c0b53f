"""The pictures of a post while it is being written.

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
from posts import media_store
from posts.composing import IMAGES_MAX, Picture
from posts.models import Media, Post
from posts.platforms.base import Image
from posts.problems import Refused

ALT_MAX = 1500


@dataclass
class Laid:
    """One picture in the tray, with its description."""

    media: Media
    alt: str = ""
    focus_x: float = 0.0
    focus_y: float = 0.0

    @property
    def picture(self) -> Picture:
        return Picture(str(self.media.uid), self.alt.strip(), self.focus_x, self.focus_y)

    @property
    def image(self) -> Image:
        return media_store.image_of(self.media, alt=self.alt.strip())


@dataclass
class Tray:
    """The pictures in order, what went wrong with new ones, and whether the form let people describe them."""

    laid: list[Laid] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    added: int = 0
    asked_for_words: bool = True

    @property
    def pictures(self) -> list[Picture]:
        return [laid.picture for laid in self.laid]

    @property
    def images(self) -> tuple[Image, ...]:
        return tuple(laid.image for laid in self.laid)

    @property
    def without_words(self) -> list[int]:
        """The numbers, from 1, of pictures that nobody described."""
        return [number for number, laid in enumerate(self.laid, 1) if not laid.alt.strip()]


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
        if len(tray.laid) >= IMAGES_MAX:
            tray.errors.append(
                _("A post takes up to %(max)d pictures; the others were left out.") % {"max": IMAGES_MAX}
            )
            break
        try:
            media = media_store.store(upload, size=upload.size, chapter=chapter, by=by)
        except Refused as refusal:
            tray.errors.append(_("%(name)s: %(why)s") % {"name": upload.name, "why": refusal.message})
            continue
        if media.pk not in there:
            there.add(media.pk)
            tray.added += 1
            tray.laid.append(Laid(media, alts[number][:ALT_MAX] if number < len(alts) else ""))


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
