from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks.models.playbook import Playbook
from playbooks.models.unchanging import Unchanging


class Template(models.Model):
    """Starter text with local fields, taught by a playbook and copied into a draft.

    Its own words and `is_withdrawn` are the draft, as the playbook's are. Chapters get `current`, unless it
    was withdrawn at `archived_at`; publishing the playbook makes both say what the draft says.
    """

    playbook = models.ForeignKey(
        Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE, related_name="templates"
    )
    order = models.PositiveSmallIntegerField(default=0)
    current = models.ForeignKey(
        "TemplateVersion", verbose_name=_("current version"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", editable=False,
    )  # fmt: skip
    archived_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    # the draft
    name = models.CharField(_("name"), max_length=120, default="")
    note = models.CharField(_("when to use it"), max_length=240, blank=True, default="")
    text = models.TextField(_("text"), default="")
    is_withdrawn = models.BooleanField(_("to be withdrawn"), default=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("draft last changed by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", editable=False,
    )  # fmt: skip
    change_number = models.PositiveIntegerField(
        default=1, editable=False, help_text=_("Counts changes, so that a stale form is noticed.")
    )

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"


class TemplateVersion(Unchanging):
    """A template's text as it was at one time. Never changed: posts remember which one they began with."""

    template = models.ForeignKey(
        Template, verbose_name=_("template"), on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=120)
    note = models.CharField(_("when to use it"), max_length=240, blank=True)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip

    class Meta:
        ordering = ["-number"]
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_template_number")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class TemplateUse(models.Model):
    """One draft that a chapter began from a template: what the central team learns of its usefulness."""

    version = models.ForeignKey(
        TemplateVersion, verbose_name=_("template"), on_delete=models.CASCADE, related_name="uses"
    )
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.CASCADE, related_name="+"
    )
    post_uid = models.UUIDField(_("post"), unique=True)
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("use of a template")
        verbose_name_plural = _("uses of templates")

    def __str__(self) -> str:
        return str(self.version)
