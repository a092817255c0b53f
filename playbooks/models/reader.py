from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks.models.playbook import Playbook


class SavedPlaybook(models.Model):
    """A playbook that somebody wants to read later, or has read. Their own note: nobody else sees it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="+"
    )
    saved_at = models.DateTimeField(_("saved"), auto_now_add=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("saved playbook")
        verbose_name_plural = _("saved playbooks")
        constraints = [models.UniqueConstraint(fields=["person", "playbook"], name="saved_once")]

    def __str__(self) -> str:
        return str(self.playbook)


class TopicFollow(models.Model):
    """Somebody wants to hear when a playbook on a topic is published or changed."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    topic = models.CharField(_("topic"), max_length=80)
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        ordering = ["topic"]
        verbose_name = _("followed topic")
        verbose_name_plural = _("followed topics")
        constraints = [models.UniqueConstraint(fields=["person", "topic"], name="followed_once")]
        indexes = [models.Index(fields=["topic", "person"], name="followers_of_topic")]

    def __str__(self) -> str:
        return self.topic


class PickAside(models.Model):
    """A playbook that a chapter no longer wants to be shown as picked for it."""

    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.CASCADE, related_name="+"
    )
    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("pick put aside")
        verbose_name_plural = _("picks put aside")
        constraints = [models.UniqueConstraint(fields=["chapter", "playbook"], name="pick_aside_once")]

    def __str__(self) -> str:
        return str(self.playbook)


class AdviceAside(models.Model):
    """A playbook that somebody no longer wants to be advised while writing."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="+"
    )
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("advice put aside")
        verbose_name_plural = _("advice put aside")
        constraints = [models.UniqueConstraint(fields=["person", "playbook"], name="advice_aside_once")]

    def __str__(self) -> str:
        return str(self.playbook)
