from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4"}


def media_path(media: Media, filename: str) -> str:
    """Where the bytes are kept: by chapter and uid, the name people gave never becomes a path."""
    return f"{_folder(media)}/{media.uid.hex}.{ENDINGS[media.mime]}"


def poster_path(media: Media, filename: str) -> str:
    """Where the still picture of a video is kept: beside it."""
    return f"{_folder(media)}/{media.uid.hex}-poster.jpg"


def rendition_path(rendition: Rendition, filename: str) -> str:
    """Where a fitted picture is kept: beside the picture it was made from."""
    ending = ENDINGS[rendition.mime]
    return f"{_folder(rendition.media)}/{rendition.media.uid.hex}-{rendition.uid.hex}.{ending}"


def _folder(media: Media) -> str:
    return f"media/{media.chapter_id}/{media.uid.hex[:2]}"


class Media(models.Model):
    """One picture or video of a chapter, as the hub keeps it. Its bytes never change.

    Pictures are decoded and encoded anew. Videos are packed anew without what describes them; their frames
    stay as they came. Width and height are those that people see, turned upright.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("picture")
        VIDEO = "video", _("video")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="media"
    )
    kind = models.CharField(
        _("kind"), max_length=5, choices=Kind.choices, default=Kind.IMAGE, db_default=Kind.IMAGE
    )
    file = models.FileField(_("file"), upload_to=media_path, max_length=200)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    mime = models.CharField(_("type"), max_length=20)
    width = models.PositiveIntegerField(_("width in pixels"))
    height = models.PositiveIntegerField(_("height in pixels"))
    size = models.PositiveIntegerField(_("size in bytes"))
    seconds = models.FloatField(_("length in seconds"), null=True, blank=True)  # of a video
    poster = models.FileField(
        _("still picture"), upload_to=poster_path, max_length=200, blank=True, default="", db_default=""
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("added by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("picture or video")
        verbose_name_plural = _("pictures and videos")
        constraints = [models.UniqueConstraint(fields=["chapter", "checksum"], name="one_media_per_checksum")]

    def __str__(self) -> str:
        return f"{self.uid} ({self.width} x {self.height})"

    @property
    def is_video(self) -> bool:
        return self.kind == self.Kind.VIDEO

    @property
    def length(self) -> str:
        """How long a video is, as a clock shows it; empty for a picture."""
        if self.seconds is None:
            return ""
        minutes, seconds = divmod(max(1, round(self.seconds)), 60)
        return f"{minutes}:{seconds:02}"


class Rendition(models.Model):
    """A picture made to fit what a platform asks, once, and used ever after. Its bytes never change."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="+"
    )
    media = models.ForeignKey(
        Media, verbose_name=_("picture"), on_delete=models.PROTECT, related_name="renditions"
    )
    spec = models.CharField(_("what was asked, as a hash"), max_length=64)
    file = models.FileField(_("file"), upload_to=rendition_path, max_length=200)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    mime = models.CharField(_("type"), max_length=20)
    width = models.PositiveIntegerField(_("width in pixels"))
    height = models.PositiveIntegerField(_("height in pixels"))
    size = models.PositiveIntegerField(_("size in bytes"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("fitted picture")
        verbose_name_plural = _("fitted pictures")
        constraints = [models.UniqueConstraint(fields=["media", "spec"], name="one_rendition_per_spec")]

    def __str__(self) -> str:
        return f"{self.media_id} ({self.width} x {self.height})"


class MediaGrant(models.Model):
    """A platform may fetch one file of one delivery until `expires_at`, by an address only it is told.

    Of the address's token the hub keeps a hash; it is derived anew for each try (`posts.media_grants`).
    """

    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="+"
    )
    delivery = models.ForeignKey(
        "posts.Delivery", verbose_name=_("delivery"), on_delete=models.CASCADE, related_name="media_grants"
    )
    media = models.ForeignKey(
        Media, verbose_name=_("picture or video"), on_delete=models.PROTECT, related_name="+"
    )
    rendition = models.ForeignKey(
        Rendition, verbose_name=_("fitted picture"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("until"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("address for a platform")
        verbose_name_plural = _("addresses for platforms")

    def __str__(self) -> str:
        return f"{self.delivery_id} / {self.media_id}"

    @property
    def granted(self) -> Media | Rendition:
        """The row whose file it opens."""
        return self.rendition or self.media


class MediaUse(models.Model):
    """A picture or the video in a post: its place, the words for those who do not see it, the point to keep
    in view."""

    chapter = models.ForeignKey(Chapter, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="media_uses")
    media = models.ForeignKey(Media, verbose_name=_("picture"), on_delete=models.PROTECT, related_name="uses")
    order = models.PositiveSmallIntegerField(_("place"))
    alt = models.CharField(_("alt text"), max_length=1500, blank=True)
    focus_x = models.FloatField(default=0.0)
    focus_y = models.FloatField(default=0.0)

    class Meta:
        ordering = ["order"]
        verbose_name = _("picture in a post")
        verbose_name_plural = _("pictures in posts")
        constraints = [models.UniqueConstraint(fields=["post", "order"], name="one_picture_per_place")]

    def __str__(self) -> str:
        return f"{self.post_id} / {self.order}"
