from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter


class Proposal(models.Model):
    """Wording somebody offers for a text of somebody else's, who takes all, some or none of its pieces.

    The text belongs to `chapter`: a post to its chapter, a playbook to the central team. It is known as
    events know it, by type and uid, since proposals are made for texts of other apps too.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        TAKEN = "taken", _("Taken")
        PARTLY = "partly", _("Taken in part")
        LEFT = "left", _("Left as it was")
        WITHDRAWN = "withdrawn", _("Taken back")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("offered to"), on_delete=models.PROTECT, related_name="+"
    )
    subject_type = models.CharField(max_length=40)
    subject_uid = models.CharField(max_length=40)
    part = models.CharField(_("part"), max_length=40, default="text")
    base = models.TextField(_("wording as it was"))
    offered = models.TextField(_("offered wording"))
    note = models.TextField(_("why"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    by_chapter = models.ForeignKey(Chapter, verbose_name=_("of"), on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    taken = models.JSONField(_("pieces taken"), default=list, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("decided by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("offered"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        indexes = [
            models.Index(fields=["subject_type", "subject_uid", "state", "-id"], name="proposal_subject"),
            models.Index(fields=["chapter", "state", "-id"], name="proposal_chapter"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} · {self.subject_type}"
