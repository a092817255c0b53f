from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter


def media_path(media: Media, filename: str) -> str:
    """Where the bytes are kept: by chapter and uid, the name people gave never becomes a path."""
    extension = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}[media.mime]
    return f"media/{media.chapter_id}/{media.uid.hex[:2]}/{media.uid.hex}.{extension}"


class Media(models.Model):
    """One picture of a chapter, decoded and re-encoded by the hub. Its bytes never change."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="media"
    )
    file = models.FileField(_("file"), upload_to=media_path, max_length=200)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    mime = models.CharField(_("type"), max_length=20)
    width = models.PositiveIntegerField(_("width in pixels"))
    height = models.PositiveIntegerField(_("height in pixels"))
    size = models.PositiveIntegerField(_("size in bytes"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("added by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [models.UniqueConstraint(fields=["chapter", "checksum"], name="one_media_per_checksum")]

    def __str__(self) -> str:
        return f"{self.uid} ({self.width} x {self.height})"


class MediaUse(models.Model):
    """A picture in a post: its place, the words for those who do not see it, the point to keep in view."""

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
