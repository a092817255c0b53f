from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter, Region
from playbooks.models.unchanging import Unchanging


class Suggestion(models.Model):
    """A post or a kit of several that somebody offers to chapters, which use, adapt or decline it.

    The central team's words are in `draft` until they are offered as a version; who gets to see them, and
    when, is not part of a version and holds at once.
    """

    class Kind(models.TextChoices):
        POST = "post", _("One post")
        KIT = "kit", _("Kit of several posts")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OFFERED = "offered", _("Offered")
        ENDED = "ended", _("Ended")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices, default=Kind.POST)
    status = models.CharField(_("status"), max_length=7, choices=Status.choices, default=Status.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    from_chapter = models.ForeignKey(
        Chapter, verbose_name=_("from the chapter"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    from_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("sent in by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    source_post_uid = models.UUIDField(_("made from the post"), null=True, blank=True, editable=False)
    current = models.ForeignKey(
        "SuggestionVersion", verbose_name=_("current version"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", editable=False,
    )  # fmt: skip
    # the draft
    title = models.CharField(_("title"), max_length=140)
    draft = models.JSONField(default=dict, editable=False)
    draft_number = models.PositiveIntegerField(
        default=1, editable=False,
        help_text=_("Counts changes of the draft, so that a stale form is noticed."),
    )  # fmt: skip
    # for whom, and when
    visible_from = models.DateTimeField(_("visible from"), null=True, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    regions = models.ManyToManyField(Region, verbose_name=_("regions"), blank=True, related_name="+")
    platforms = models.JSONField(_("platforms"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    min_members = models.PositiveIntegerField(_("members at least"), null=True, blank=True)
    max_members = models.PositiveIntegerField(_("members at most"), null=True, blank=True)
    min_accounts = models.PositiveIntegerField(_("accounts at least"), null=True, blank=True)
    max_accounts = models.PositiveIntegerField(_("accounts at most"), null=True, blank=True)

    offered_at = models.DateTimeField(_("first offered"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    end_note = models.CharField(_("why it ended"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="offered") | models.Q(current__isnull=False),
                name="offered_suggestion_has_version",
            ),
            models.UniqueConstraint(
                fields=["source_post_uid"], condition=models.Q(source_post_uid__isnull=False),
                name="one_suggestion_per_post",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["status", "-id"], name="suggestion_status")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_kit(self) -> bool:
        return self.kind == self.Kind.KIT

    @property
    def waits_for_review(self) -> bool:
        """Whether a chapter sent it in and the central team did not answer yet."""
        return bool(self.from_chapter_id) and self.status == self.Status.DRAFT and self.current_id is None

    @property
    def was_taken_back(self) -> bool:
        """Whether the chapter that sent it in took it back; its post may be sent in again."""
        return bool(self.from_chapter_id) and self.source_post_uid is None


class SuggestionVersion(Unchanging):
    """A suggestion as it was offered once. Never changed: a chapter's copy is compared with it."""

    suggestion = models.ForeignKey(
        Suggestion, verbose_name=_("suggestion"), on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=140)
    why = models.CharField(_("why it is worth it"), max_length=400)
    change_note = models.CharField(_("what changed"), max_length=240, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("offered by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    published_at = models.DateTimeField(_("offered"))

    class Meta:
        ordering = ["-number"]
        verbose_name = _("suggestion version")
        verbose_name_plural = _("suggestion versions")
        constraints = [models.UniqueConstraint(fields=["suggestion", "number"], name="one_suggestion_number")]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class SuggestionItem(Unchanging):
    """One post of a version. `key` names the same post through all versions."""

    version = models.ForeignKey(
        SuggestionVersion, verbose_name=_("version"), on_delete=models.CASCADE, related_name="items"
    )
    key = models.UUIDField(_("key"))
    order = models.PositiveSmallIntegerField(_("place"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    text = models.TextField(_("text"))
    link = models.URLField(_("link"), max_length=2048, blank=True)
    day = models.PositiveSmallIntegerField(_("day of the kit"), null=True, blank=True)  # the first is 1
    on = models.DateField(_("date"), null=True, blank=True)
    at = models.TimeField(_("time of day"), null=True, blank=True)
    platforms = models.JSONField(_("platforms"), default=list, blank=True)
    images = models.JSONField(_("pictures"), default=list, blank=True)  # [{"uid": ..., "alt": ...}]

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("post of a suggestion")
        verbose_name_plural = _("posts of suggestions")
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="one_suggestion_item_key"),
        ]

    def __str__(self) -> str:
        return self.name or " ".join(self.text.split())[:80]


def suggestion_image_path(image: SuggestionImage, filename: str) -> str:
    """Where the bytes are kept: by uid, the name people gave never becomes a path."""
    ending = {"image/jpeg": "jpg", "image/png": "png"}[image.mime]
    return f"suggestions/{image.uid.hex[:2]}/{image.uid.hex}.{ending}"


class SuggestionImage(models.Model):
    """A picture that goes with a suggestion. Chapters get a copy of their own; its bytes never change."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    suggestion = models.ForeignKey(
        Suggestion, verbose_name=_("suggestion"), on_delete=models.CASCADE, related_name="images"
    )
    file = models.FileField(_("file"), upload_to=suggestion_image_path, max_length=200)
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
        verbose_name = _("picture of a suggestion")
        verbose_name_plural = _("pictures of suggestions")
        constraints = [
            models.UniqueConstraint(fields=["suggestion", "checksum"], name="one_suggestion_picture")
        ]

    def __str__(self) -> str:
        return f"{self.suggestion} ({self.width} x {self.height})"
