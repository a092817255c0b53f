from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks.models import Practice, TemplateVersion


class Post(models.Model):
    """One message in editorial workflow. `status` is written by `posts.workflow` alone."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        SCHEDULED = "scheduled", _("Scheduled")
        PUBLISHING = "publishing", _("Publishing")
        PUBLISHED = "published", _("Published")
        FAILED = "failed", _("Failed")
        NEEDS_ATTENTION = "needs_attention", _("Needs attention")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="posts"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+"
    )
    text = models.TextField(_("text"), blank=True)
    link = models.URLField(_("link"), max_length=2048, blank=True)
    status = models.CharField(_("status"), max_length=15, choices=Status.choices, default=Status.DRAFT)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("submitted by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    planned_at = models.DateTimeField(_("planned for"), null=True, blank=True)
    grace_minutes = models.PositiveIntegerField(
        _("minutes it may be late"), null=True, blank=True,
        help_text=_("after that a person is asked; the chapter's own setting where empty"),
    )  # fmt: skip
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    template_version = models.ForeignKey(
        TemplateVersion, verbose_name=_("begun from"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    reused_from = models.ForeignKey(
        "self",
        verbose_name=_("copied from"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    form_key = models.UUIDField(default=uuid.uuid4, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.UniqueConstraint(fields=["author", "form_key"], name="one_post_per_form"),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[
                        "draft", "in_review", "approved", "scheduled", "publishing", "published", "failed",
                        "needs_attention",
                    ]
                ),
                name="post_status_known",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["chapter", "-id"], name="post_chapter"),
            models.Index(fields=["chapter", "status", "-id"], name="post_chapter_status"),
            models.Index(fields=["chapter", "planned_at", "id"], name="post_chapter_planned"),
        ]

    def __str__(self) -> str:
        return self.first_words

    @property
    def grace(self) -> timedelta:
        """How late it may go out before a person is asked: as chosen for it, else as its chapter has it."""
        minutes = self.chapter.late_after_minutes if self.grace_minutes is None else self.grace_minutes
        return timedelta(minutes=minutes)

    @property
    def first_words(self) -> str:
        """Enough of the text to know the post by."""
        words = " ".join(self.text.split())
        return words if len(words) <= 80 else words[:79].rsplit(" ", 1)[0] + "…"


class PostRevision(models.Model):
    """A post's content at one revision and who made it so: what approvals bind to and differences show."""

    post = models.ForeignKey(Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("revision"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    content = models.JSONField(_("content"))
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="one_revision_per_number")]

    def __str__(self) -> str:
        return f"{self.post_id} / {self.number}"


class Target(models.Model):
    """An account chosen for a post, with its own text where the author wants one."""

    chapter = models.ForeignKey(Chapter, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="targets")
    account = models.ForeignKey(
        "posts.SocialAccount", verbose_name=_("account"), on_delete=models.PROTECT, related_name="targets"
    )
    text = models.TextField(_("own text"), null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [models.UniqueConstraint(fields=["post", "account"], name="one_target_per_account")]

    def __str__(self) -> str:
        return str(self.account)

    def own_text(self) -> str:
        """The text that goes to this account."""
        return self.post.text if self.text is None else self.text


class PostPractice(models.Model):
    """That a post uses a practice, as its author said. No part of its content: approvals stand."""

    chapter = models.ForeignKey(Chapter, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="practices")
    practice = models.ForeignKey(
        Practice, verbose_name=_("practice"), on_delete=models.PROTECT, related_name="uses"
    )
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("practice of a post")
        verbose_name_plural = _("practices of posts")
        constraints = [models.UniqueConstraint(fields=["post", "practice"], name="one_mark_per_practice")]

    def __str__(self) -> str:
        return str(self.practice)
