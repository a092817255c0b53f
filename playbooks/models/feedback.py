"""What chapters say back about a playbook, and what the central team answered."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks.models.playbook import Playbook, PlaybookVersion


class Feedback(models.Model):
    """Something a person of a chapter said about a playbook, which somebody of the central team settles.

    `settled_at` is empty while it waits; `answer` is what the chapter was told.
    """

    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="+"
    )
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    answer = models.TextField(_("answer"), blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("settled by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        abstract = True


class Vote(Feedback):
    """Whether a version helped one person; theirs to change. A word with a “no” waits for an answer."""

    version = models.ForeignKey(
        PlaybookVersion, verbose_name=_("version"), on_delete=models.CASCADE, related_name="votes"
    )
    helped = models.BooleanField(_("it helped"))
    word = models.TextField(_("in a word"), blank=True)
    times = models.PositiveIntegerField(
        default=1, editable=False, help_text=_("Counts changes, so that no answer goes to words not read.")
    )
    said_at = models.DateTimeField(_("said"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("vote on a playbook")
        verbose_name_plural = _("votes on playbooks")
        constraints = [models.UniqueConstraint(fields=["by", "version"], name="one_vote_per_version")]
        indexes = [
            models.Index(fields=["playbook", "by"], name="vote_playbook"),
            models.Index(
                fields=["said_at"], condition=models.Q(helped=False, settled_at=None), name="vote_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playbook} · {_('helped') if self.helped else _('did not help')}"


class Said(Feedback):
    """Words that all chapters read, until their writer takes them back or the central team hides them.

    `form_key` is the form's own, so that a double press makes one.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form_key = models.UUIDField(default=uuid.uuid4, editable=False)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("said"), auto_now_add=True)
    removed_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("hidden by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    hidden_reason = models.TextField(_("why it is hidden"), blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.playbook} · {self.chapter}"

    @property
    def is_shown(self) -> bool:
        return self.removed_at is None and self.hidden_at is None


class ChapterNote(Said):
    """“We tried this”: what came of a playbook in a chapter, said in the chapter's name.

    It may name one of the chapter's own published posts, which belongs to another app: its uid, its first
    words and its public address as they were.
    """

    version = models.ForeignKey(
        PlaybookVersion, verbose_name=_("version"), on_delete=models.CASCADE, related_name="notes"
    )
    post_uid = models.UUIDField(_("post"), null=True, blank=True)
    post_words = models.CharField(_("first words of the post"), max_length=200, blank=True)
    permalink = models.URLField(_("address of the post"), max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("note of a chapter")
        verbose_name_plural = _("notes of chapters")
        constraints = [models.UniqueConstraint(fields=["by", "form_key"], name="one_note_per_form")]
        indexes = [models.Index(fields=["playbook", "-id"], name="note_playbook")]


class Comment(Said):
    """A remark on a playbook, or a reply to one; replies have none themselves."""

    parent = models.ForeignKey(
        "self", verbose_name=_("reply to"), null=True, blank=True, on_delete=models.CASCADE,
        related_name="replies",
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [models.UniqueConstraint(fields=["by", "form_key"], name="one_comment_per_form")]
        indexes = [models.Index(fields=["playbook", "parent", "-id"], name="comment_playbook")]
