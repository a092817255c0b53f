from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks.models.playbook import Playbook, PlaybookVersion


class EntryProposal(models.Model):
    """A playbook that a chapter would like to see, in a few words of its own."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        DRAFTED = "drafted", _("Being written")
        DECLINED = "declined", _("Not taken up")
        WITHDRAWN = "withdrawn", _("Taken back")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form_key = models.UUIDField(default=uuid.uuid4, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    title = models.CharField(_("what it teaches"), max_length=140)
    why = models.TextField(_("why it is worth it"))
    first_steps = models.TextField(_("first steps"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("decided by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    playbook = models.ForeignKey(
        Playbook, verbose_name=_("became"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("proposed"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("proposed playbook")
        verbose_name_plural = _("proposed playbooks")
        constraints = [models.UniqueConstraint(fields=["by", "form_key"], name="one_entry_per_form")]
        indexes = [
            models.Index(fields=["state", "id"], name="entry_state"),
            models.Index(fields=["chapter", "-id"], name="entry_chapter"),
        ]

    def __str__(self) -> str:
        return self.title


class VersionCredit(models.Model):
    """Thanks to a chapter whose words are in a version; without one, in the draft of the next."""

    class Reason(models.TextChoices):
        ENTRY = "entry", _("proposed this playbook")
        EDIT = "edit", _("suggested wording")
        QUESTION = "question", _("asked the question it answers")
        ANSWER = "answer", _("gave the answer it began with")

    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="credits"
    )
    version = models.ForeignKey(
        PlaybookVersion, verbose_name=_("version"), null=True, blank=True, on_delete=models.CASCADE,
        related_name="credits",
    )  # fmt: skip
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("for"), max_length=8, choices=Reason.choices)
    created_at = models.DateTimeField(_("noted"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("thanks in a version")
        verbose_name_plural = _("thanks in versions")
        constraints = [
            models.UniqueConstraint(
                fields=["playbook", "chapter", "reason"],
                condition=models.Q(version=None),
                name="one_credit_in_the_draft",
            ),
            models.UniqueConstraint(fields=["version", "chapter", "reason"], name="one_credit_in_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.chapter} · {self.get_reason_display()}"
