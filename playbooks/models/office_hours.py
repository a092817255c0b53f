from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter


class OfficeHour(models.Model):
    """A time at which somebody of the central team can be talked to, written by `playbooks.office_hours`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("with"), on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    place = models.CharField(_("where"), max_length=240, help_text=_("Told to whoever books."))
    note = models.CharField(_("what it is good for"), max_length=140, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    created_at = models.DateTimeField(_("offered"), auto_now_add=True)

    class Meta:
        ordering = ["starts_at", "id"]
        verbose_name = _("office hour")
        verbose_name_plural = _("office hours")
        constraints = [
            models.UniqueConstraint(
                fields=["host", "starts_at"],
                condition=models.Q(withdrawn_at=None),
                name="one_office_hour_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="office_hour_ends_after_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["starts_at", "id"], name="office_hour_times")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()


class Booking(models.Model):
    """A chapter comes to an office hour. What is on the agenda the chapter chose to tell."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    hour = models.ForeignKey(
        OfficeHour, verbose_name=_("office hour"), on_delete=models.PROTECT, related_name="bookings"
    )
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="office_hour_bookings"
    )
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("booked by"), on_delete=models.PROTECT, related_name="+"
    )
    wishes = models.TextField(_("what to talk about"), blank=True)
    agenda = models.JSONField(
        _("agenda"), default=list, blank=True, help_text=_("As it read when the chapter booked.")
    )
    sequence = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text=_("Counts changes, for calendars.")
    )
    booked_at = models.DateTimeField(_("booked"), auto_now_add=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("cancelled by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    cancelled_why = models.CharField(_("why it was cancelled"), max_length=240, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        constraints = [
            models.UniqueConstraint(
                fields=["hour"], condition=models.Q(cancelled_at=None), name="one_booking_per_office_hour"
            )
        ]
        indexes = [models.Index(fields=["chapter", "-id"], name="booking_of_chapter")]

    def __str__(self) -> str:
        return f"{self.chapter} · {self.hour}"

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def is_coming(self) -> bool:
        """Whether it is still to be."""
        return not self.is_cancelled and not self.hour.is_over


class Agreed(models.Model):
    """What was agreed at an office hour, and whose it is to do."""

    class Whose(models.TextChoices):
        CHAPTER = "chapter", _("The chapter")
        TEAM = "team", _("The central team")

    booking = models.ForeignKey(
        Booking, verbose_name=_("booking"), on_delete=models.CASCADE, related_name="agreed"
    )
    key = models.UUIDField(default=uuid.uuid4, editable=False, help_text=_("The form it came from."))
    words = models.CharField(_("what"), max_length=240)
    whose = models.CharField(_("who does it"), max_length=7, choices=Whose.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("noted by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("noted"), auto_now_add=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("done by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip

    class Meta:
        ordering = ["id"]
        verbose_name = _("to-do of an office hour")
        verbose_name_plural = _("to-dos of office hours")
        constraints = [models.UniqueConstraint(fields=["booking", "key"], name="one_to_do_per_form")]

    def __str__(self) -> str:
        return self.words
