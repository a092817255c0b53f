from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models.chapter import Chapter
from chapters.notice_kinds import How


class Notice(models.Model):
    """One message to one person about one cause; the same cause never makes a second one."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="notices"
    )
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    cause = models.CharField(max_length=120)
    kind = models.CharField(_("kind"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    path = models.CharField(max_length=300, help_text=_("Where the next step is, as a path on this hub."))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    sent_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    how = models.CharField(_("told"), max_length=6, choices=How.choices, default=How.NOW)
    digest = models.ForeignKey(
        "chapters.Digest", verbose_name=_("weekly mail"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["person", "cause"], name="one_notice_per_cause")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(sent_at=None), name="notice_unsent"),
            models.Index(fields=["person", "-id"], name="notice_person"),
            models.Index(
                fields=["kind", "cause"], condition=models.Q(read_at=None), name="notice_unread_cause"
            ),
            models.Index(
                fields=["person"],
                condition=models.Q(how="weekly", sent_at=None, read_at=None),
                name="notice_for_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.title
