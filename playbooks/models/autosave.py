from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PlaybookAutosave(models.Model):
    """What one person typed into the editor and has not saved: offered back to them, read by nobody else.

    `place` is the playbook's address part, or "new".
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    place = models.CharField(max_length=80)
    draft_number = models.PositiveIntegerField(default=0)
    words = models.JSONField(_("words"), default=dict)
    saved_at = models.DateTimeField(_("kept"), auto_now=True)

    class Meta:
        verbose_name = _("unsaved text")
        verbose_name_plural = _("unsaved texts")
        constraints = [models.UniqueConstraint(fields=["person", "place"], name="one_autosave_each")]

    def __str__(self) -> str:
        return self.place
