from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchText(models.Model):
    """What can be found of one thing that chapters may read. `playbooks.search` is its only writer.

    On PostgreSQL the table has one column more, `document`, which the database makes of these.
    """

    kind = models.CharField(_("kind"), max_length=20)
    object_id = models.BigIntegerField()
    language = models.CharField(max_length=12, default="en")
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(blank=True)
    topics = models.TextField(blank=True, help_text=_("Each between bars: |events|photos|"))
    platforms = models.TextField(blank=True, help_text=_("Each between bars; empty for any."))
    body = models.TextField(blank=True)

    class Meta:
        verbose_name = _("searched text")
        verbose_name_plural = _("searched texts")
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_search_text_each")]

    def __str__(self) -> str:
        return self.title


class SearchWord(models.Model):
    """A word of some title, summary or topic: what a misspelt one may have meant."""

    word = models.CharField(max_length=40, unique=True)

    class Meta:
        verbose_name = _("searched word")
        verbose_name_plural = _("searched words")

    def __str__(self) -> str:
        return self.word
