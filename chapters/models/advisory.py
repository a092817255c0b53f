from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models.chapter import Chapter, Region


class Advisory(models.Model):
    """The central team's "please consider pausing": a reason, a scope and an end. Each chapter answers.

    Without regions it is for all chapters. `settled_at` is when its end was dealt with in every chapter.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reason = models.CharField(_("reason"), max_length=300)
    regions = models.ManyToManyField(Region, verbose_name=_("regions"), blank=True, related_name="+")
    ends_at = models.DateTimeField(_("ends"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    form_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("issued"), auto_now_add=True)
    told_at = models.DateTimeField(_("chapters told"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("withdrawn by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("advisory")
        verbose_name_plural = _("advisories")
        indexes = [
            models.Index(fields=["ends_at"], condition=models.Q(settled_at=None), name="advisory_open")
        ]

    def __str__(self) -> str:
        return self.reason


class AdvisoryAnswer(models.Model):
    """What one chapter made of an advisory. `paused_event` is the line of history of the pause that was made
    for it, if any: as long as it is the chapter's newest of that kind, the pause is still that one."""

    class Answer(models.TextChoices):
        PAUSED = "paused", _("Paused")
        FOLLOWED = "followed", _("Paused by the chapter’s own setting")
        GOES_ON = "goes_on", _("Goes on")

    advisory = models.ForeignKey(
        Advisory, verbose_name=_("advisory"), on_delete=models.CASCADE, related_name="answers"
    )
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.CASCADE, related_name="+"
    )
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    paused_event = models.BigIntegerField(null=True, blank=True, editable=False)
    at = models.DateTimeField(_("when"), auto_now=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("answer to an advisory")
        verbose_name_plural = _("answers to advisories")
        constraints = [models.UniqueConstraint(fields=["advisory", "chapter"], name="one_answer_a_chapter")]

    def __str__(self) -> str:
        return f"{self.chapter} · {self.get_answer_display()}"
