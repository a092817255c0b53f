from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks.models.suggestion import Suggestion, SuggestionItem


class Decision(models.Model):
    """What one chapter made of one suggestion. The central team counts them; it reads the name of a chapter
    only with what the chapter said when it declined."""

    class State(models.TextChoices):
        USED = "used", _("Used")
        ADAPTED = "adapted", _("Adapted")
        DECLINED = "declined", _("Not for us")
        WITHDRAWN = "withdrawn", _("Taken back")

    class Reason(models.TextChoices):
        OWN = "own", _("We have our own")
        TOPIC = "topic", _("Not our topic")
        TONE = "tone", _("Not our tone")
        TIME = "time", _("Wrong time for us")
        PLACE = "place", _("Does not fit our place")
        EFFORT = "effort", _("Too much work")
        OTHER = "other", _("Something else")

    suggestion = models.ForeignKey(
        Suggestion, verbose_name=_("suggestion"), on_delete=models.CASCADE, related_name="decisions"
    )
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(_("decision"), max_length=9, choices=State.choices)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices, blank=True)
    words = models.CharField(_("in their words"), max_length=400, blank=True)
    version = models.PositiveIntegerField(_("version"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    at = models.DateTimeField(_("when"))
    answer = models.CharField(_("answer"), max_length=400, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("answered by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    answered_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("decision on a suggestion")
        verbose_name_plural = _("decisions on suggestions")
        constraints = [
            models.UniqueConstraint(fields=["suggestion", "chapter"], name="one_decision_per_chapter")
        ]
        indexes = [
            models.Index(fields=["chapter", "state", "-at"], name="decision_chapter"),
            models.Index(fields=["state", "answered_at", "at"], name="decision_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.suggestion} · {self.get_state_display()}"


class Adoption(models.Model):
    """The copy a chapter made of one post of a suggestion. The copy is the chapter's: nothing written here
    or in a later version ever changes it.

    `base` is the wording the copy was last compared with: the text as filled when it was adopted, or the
    later wording that the chapter took something of or declined. Where it declined, `kept_item` and
    `kept_base` are what it was compared with before, so that it can still change its mind.
    """

    class Mode(models.TextChoices):
        USED = "used", _("Used")
        ADAPTED = "adapted", _("Adapted")

    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.CASCADE, related_name="+"
    )
    suggestion = models.ForeignKey(
        Suggestion, verbose_name=_("suggestion"), on_delete=models.CASCADE, related_name="adoptions"
    )
    item = models.ForeignKey(
        SuggestionItem, verbose_name=_("wording"), on_delete=models.PROTECT, related_name="+"
    )
    item_key = models.UUIDField(_("post of the suggestion"))
    post_uid = models.UUIDField(_("post"), unique=True)
    mode = models.CharField(_("how"), max_length=7, choices=Mode.choices, default=Mode.USED)
    given = models.JSONField(_("local values given for it"), default=dict, blank=True)
    base = models.TextField(_("wording as filled"))
    kept_item = models.ForeignKey(
        SuggestionItem, verbose_name=_("wording kept over a later one"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    kept_base = models.TextField(_("that wording as filled"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("adopted copy")
        verbose_name_plural = _("adopted copies")
        constraints = [
            models.UniqueConstraint(fields=["chapter", "suggestion", "item_key"], name="one_copy_per_chapter")
        ]

    def __str__(self) -> str:
        return f"{self.suggestion} · {self.item}"
