from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from playbooks.models.unchanging import Unchanging


class Playbook(models.Model):
    """A best practice the central team teaches. The draft is edited here; what chapters read is a version."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

    slug = models.SlugField(_("address part"), max_length=80, unique=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.DRAFT)
    language = models.CharField(_("language"), max_length=12, default="en")
    translation_group = models.UUIDField(default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    current = models.ForeignKey(
        "PlaybookVersion", verbose_name=_("current version"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", editable=False,
    )  # fmt: skip
    # the draft
    title = models.CharField(_("title"), max_length=140)
    summary = models.CharField(_("benefit in one sentence"), max_length=240)
    body = models.TextField(_("text"), blank=True)
    time_needed = models.CharField(_("time needed"), max_length=60, blank=True)
    people_needed = models.CharField(_("people needed"), max_length=60, blank=True)
    platforms = models.JSONField(_("platforms"), default=list, blank=True)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    audience = models.CharField(_("who it is for"), max_length=120, blank=True)
    draft_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("draft last changed by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", editable=False,
    )  # fmt: skip
    draft_number = models.PositiveIntegerField(
        default=1,
        editable=False,
        help_text=_("Counts changes of the draft, so that a stale form is noticed."),
    )
    text_number = models.PositiveIntegerField(
        default=1,
        editable=False,
        help_text=_("The draft in which its own words changed last; later ones changed templates."),
    )
    last_reviewed = models.DateField(_("last reviewed"), null=True, blank=True)
    next_review = models.DateField(_("next review due"), null=True, blank=True)
    # the draft of that number is published then; another draft takes the plan away
    publish_at = models.DateTimeField(_("published on"), null=True, blank=True, editable=False)
    publish_draft = models.PositiveIntegerField(null=True, blank=True, editable=False)
    publish_note = models.CharField(max_length=240, blank=True, editable=False)
    publish_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("planned by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", editable=False,
    )  # fmt: skip
    publish_alone = models.CharField(
        _("why without a second look"), max_length=240, blank=True, editable=False
    )
    replaced_by = models.ForeignKey(
        "self", verbose_name=_("replaced by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", editable=False,
    )  # fmt: skip
    translated_version = models.ForeignKey(
        "PlaybookVersion", verbose_name=_("translated from"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", editable=False,
    )  # fmt: skip
    public_token = models.CharField(
        _("public address part"), max_length=40, null=True, blank=True, unique=True, editable=False
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        ordering = ["title", "id"]
        verbose_name = _("playbook")
        verbose_name_plural = _("playbooks")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(current__isnull=False),
                name="published_playbook_has_version",
            ),
            models.UniqueConstraint(
                fields=["translation_group", "language"], name="one_playbook_per_language"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "title", "id"], name="playbook_browse"),
            models.Index(
                fields=["publish_at"],
                condition=models.Q(publish_at__isnull=False),
                name="playbook_planned",
            ),
            models.Index(fields=["status", "next_review"], name="playbook_review_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        """Whether anybody with the address may read it; the central team switches that."""
        return self.public_token is not None


class PlaybookVersion(Unchanging):
    """A playbook as it was published once. Never changed."""

    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=140)
    summary = models.CharField(_("benefit in one sentence"), max_length=240)
    body = models.TextField(_("text"))
    time_needed = models.CharField(_("time needed"), max_length=60, blank=True)
    people_needed = models.CharField(_("people needed"), max_length=60, blank=True)
    platforms = models.JSONField(_("platforms"), default=list, blank=True)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    audience = models.CharField(_("who it is for"), max_length=120, blank=True)
    change_note = models.CharField(_("what changed"), max_length=240, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("published by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    published_at = models.DateTimeField(_("published"))

    class Meta:
        ordering = ["-number"]
        verbose_name = _("playbook version")
        verbose_name_plural = _("playbook versions")
        constraints = [models.UniqueConstraint(fields=["playbook", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"
