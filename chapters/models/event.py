from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chapters.models.chapter import Chapter


class Event(models.Model):
    """One line of history: who did what to what, when. Rows are only ever added.

    `actor_label` names links, keys and the system; a person's name is read from their own row, so that
    erasing a person does not have to touch history.
    """

    class ActorKind(models.TextChoices):
        PERSON = "person", _("Person")
        SYSTEM = "system", _("The hub")
        LINK = "link", _("Link")
        KEY = "key", _("API key")

    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="events",
    )  # fmt: skip
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_label = models.CharField(max_length=120, blank=True)
    verb = models.CharField(_("what"), max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_uid = models.CharField(max_length=40)
    subject_label = models.CharField(_("on"), max_length=200, blank=True)
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["subject_type", "subject_uid", "-id"], name="event_subject"),
            models.Index(fields=["chapter", "-id"], name="event_chapter"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} · {self.subject_label or self.subject_uid}"
