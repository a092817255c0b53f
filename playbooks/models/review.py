from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from playbooks.models.playbook import Playbook


class PlaybookReview(models.Model):
    """A second editor's look at one draft. It speaks of that draft alone: a later one needs another look."""

    class Verdict(models.TextChoices):
        WAITING = "waiting", _("Waiting for a second look")
        APPROVED = "approved", _("Approved")
        CHANGES = "changes", _("Changes wanted")

    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="reviews"
    )
    draft_number = models.PositiveIntegerField(_("draft"))
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices, default=Verdict.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    note = models.TextField(_("what to look at"), blank=True)
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("reviewer"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    comment = models.TextField(_("comment"), blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        ordering = ["-draft_number"]
        verbose_name = _("review of a draft")
        verbose_name_plural = _("reviews of drafts")
        constraints = [
            models.UniqueConstraint(fields=["playbook", "draft_number"], name="one_review_per_draft")
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(verdict="waiting"), name="review_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.playbook} · {self.get_verdict_display()}"
