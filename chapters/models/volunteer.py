from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models.membership import Membership


class Volunteer(models.Model):
    """Somebody of a chapter who said "I look at posts of other chapters". It goes with the membership."""

    membership = models.OneToOneField(
        Membership, verbose_name=_("member"), on_delete=models.CASCADE, related_name="volunteer"
    )
    languages = models.JSONField(_("languages"), default=list)
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("volunteer reviewer")
        verbose_name_plural = _("volunteer reviewers")

    def __str__(self) -> str:
        return str(self.membership)
