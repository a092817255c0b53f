from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.notice_kinds import GROUPS, How


class NoticePreference(models.Model):
    """How one person wants to be told of one group of things; where there is none, the group's default."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    group = models.CharField(
        _("about"), max_length=20, choices=[(group.key, group.label) for group in GROUPS.values()]
    )
    how = models.CharField(_("how"), max_length=6, choices=How.choices)

    class Meta:
        verbose_name = _("wish about notices")
        verbose_name_plural = _("wishes about notices")
        constraints = [models.UniqueConstraint(fields=["person", "group"], name="one_wish_per_group")]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_group_display()}: {self.get_how_display()}"


class Digest(models.Model):
    """The weekly mail of one person. `day` is the day on which it was due where the person is."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    day = models.DateField(_("day"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    sent_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("weekly mail")
        verbose_name_plural = _("weekly mails")
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_digest_per_day")]

    def __str__(self) -> str:
        return f"{self.person} · {self.day}"


class Emergency(models.Model):
    """A time in which the central team may write to everybody at once more often than its cap allows."""

    reason = models.CharField(_("reason"), max_length=300)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("declared by"), on_delete=models.PROTECT, related_name="+"
    )
    began_at = models.DateTimeField(_("since"))
    ends_at = models.DateTimeField(_("until"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("emergency")
        verbose_name_plural = _("emergencies")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("began_at")), name="emergency_ends"
            )
        ]

    def __str__(self) -> str:
        return self.reason
