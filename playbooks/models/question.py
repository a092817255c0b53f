from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks.models.playbook import Playbook


class AnswerPromise(models.Model):
    """Within how many of its working days the central team promises a first answer."""

    chapter = models.OneToOneField(
        Chapter, verbose_name=_("central team"), on_delete=models.CASCADE, related_name="answer_promise"
    )
    working_days = models.PositiveSmallIntegerField(_("working days"))

    class Meta:
        verbose_name = _("promise of answers")
        verbose_name_plural = _("promises of answers")

    def __str__(self) -> str:
        return f"{self.chapter}: {self.working_days}"


class Question(models.Model):
    """Something a chapter wants to know. `state` is written by `playbooks.asking` alone."""

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("All chapters may read and answer it")
        CENTRAL = "central", _("Only its chapter and the central team")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SOLVED = "solved", _("Answered")
        CLOSED = "closed", _("Closed")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="questions"
    )
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(_("question"), max_length=160)
    body = models.TextField(_("more about it"), blank=True)
    audience = models.CharField(
        _("who may read it"), max_length=9, choices=Audience.choices, default=Audience.EVERYBODY
    )
    topic = models.CharField(_("topic"), max_length=60, blank=True, help_text=_("One that playbooks have."))
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.OPEN)
    about = models.ForeignKey(
        Playbook, verbose_name=_("about"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("taken by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    promised_at = models.DateTimeField(_("answer promised by"))
    waiting_since = models.DateTimeField(
        _("waits since"), null=True, blank=True, default=timezone.now,
        help_text=_("Asked, or asked again; empty while answers wait for the asker."),
    )  # fmt: skip
    first_answered_at = models.DateTimeField(_("first answered"), null=True, blank=True)
    accepted = models.ForeignKey(
        "Answer", verbose_name=_("the answer that helped"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    accepted_at = models.DateTimeField(_("helped"), null=True, blank=True)
    entry = models.ForeignKey(
        Playbook, verbose_name=_("playbook made of it"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    form_key = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    changed_at = models.DateTimeField(
        _("changed"), null=True, blank=True, help_text=_("When its words were changed after an answer.")
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [models.UniqueConstraint(fields=["asker", "form_key"], name="one_question_per_form")]
        indexes = [
            models.Index(fields=["chapter", "-id"], name="question_chapter"),
            models.Index(fields=["audience", "-id"], name="question_audience"),
            models.Index(
                fields=["promised_at", "id"], condition=models.Q(state="open"), name="question_waiting"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_for_all(self) -> bool:
        return self.audience == self.Audience.EVERYBODY

    @property
    def is_owed(self) -> bool:
        """Whether somebody owes an answer: it was asked, or asked again, and nobody answered since."""
        return self.state == self.State.OPEN and self.waiting_since is not None


class Answer(models.Model):
    """What somebody answered, or asked back; in the order of writing they make the thread."""

    question = models.ForeignKey(
        Question, verbose_name=_("question"), on_delete=models.CASCADE, related_name="answers"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    by_chapter = models.ForeignKey(Chapter, verbose_name=_("of"), on_delete=models.PROTECT, related_name="+")
    body = models.TextField(_("answer"))
    form_key = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("hidden by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    hidden_why = models.CharField(_("why it is hidden"), max_length=240, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["by", "form_key"], name="one_answer_per_form")]

    def __str__(self) -> str:
        return f"{self.by_chapter}: {self.body[:60]}"


class HelpfulMark(models.Model):
    """Somebody says that an answer helped them too."""

    answer = models.ForeignKey(
        Answer, verbose_name=_("answer"), on_delete=models.CASCADE, related_name="helpful_marks"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("helpful mark")
        verbose_name_plural = _("helpful marks")
        constraints = [models.UniqueConstraint(fields=["answer", "by"], name="one_helpful_mark_each")]

    def __str__(self) -> str:
        return str(self.answer)
