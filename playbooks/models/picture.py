from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from playbooks.models.playbook import Playbook


def picture_path(picture: PlaybookPicture, name: str) -> str:
    """Where its bytes lie in the storage."""
    ending = "png" if picture.mime == "image/png" else "jpg"
    return f"playbooks/{picture.uid.hex[:2]}/{picture.uid}.{ending}"


class PlaybookPicture(models.Model):
    """A picture in a playbook's text, encoded anew without metadata. Its bytes never change."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="pictures"
    )
    alt = models.CharField(_("what it shows"), max_length=300)
    file = models.FileField(_("file"), upload_to=picture_path, max_length=200)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    mime = models.CharField(_("type"), max_length=20)
    width = models.PositiveIntegerField(_("width in pixels"))
    height = models.PositiveIntegerField(_("height in pixels"))
    size = models.PositiveIntegerField(_("size in bytes"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("added by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("picture of a playbook")
        verbose_name_plural = _("pictures of playbooks")
        constraints = [models.UniqueConstraint(fields=["playbook", "checksum"], name="one_playbook_picture")]

    def __str__(self) -> str:
        return self.alt

    @property
    def address(self) -> str:
        return reverse("playbook_picture", args=[self.uid])

    @property
    def markdown(self) -> str:
        """What stands in the text to show it."""
        words = "".join("\\" + letter if letter in "\\[]`*_<>" else letter for letter in self.alt)
        return f"![{words}]({self.address})"
