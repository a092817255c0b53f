from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from posts.models.account import SocialAccount
from posts.models.post import Post


class Delivery(models.Model):
    """The frozen post on its way to one account. `status` is written by `posts.publishing` alone."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for its time")
        SENDING = "sending", _("Sending")
        PUBLISHED = "published", _("Published")
        FAILED = "failed", _("Failed")
        UNCONFIRMED = "unconfirmed", _("Not confirmed")
        HELD = "held", _("Held")
        SKIPPED = "skipped", _("Skipped")

    class HeldReason(models.TextChoices):
        LATE = "late", _("too late")
        POISON = "poison", _("it broke the worker")
        DISCONNECTED = "disconnected", _("the account is not connected")
        UNAPPROVED = "unapproved", _("the approval no longer fits")
        RESTORED = "restored", _("a backup was restored")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="+"
    )
    post = models.ForeignKey(
        Post, verbose_name=_("post"), on_delete=models.PROTECT, related_name="deliveries"
    )
    account = models.ForeignKey(
        SocialAccount, verbose_name=_("account"), on_delete=models.PROTECT, related_name="deliveries"
    )
    status = models.CharField(_("status"), max_length=11, choices=Status.choices, default=Status.PENDING)
    held_reason = models.CharField(_("held because"), max_length=12, choices=HeldReason.choices, blank=True)
    payload = models.JSONField(_("frozen content"), editable=False)
    revision = models.PositiveIntegerField(_("revision"))
    # when: the instant, and the wall time it was meant as
    due_at = models.DateTimeField(_("due"))
    wall_time = models.CharField(max_length=16, editable=False, help_text=_("local time as YYYY-MM-DDTHH:MM"))
    zone = models.CharField(max_length=64, editable=False)
    fold = models.PositiveSmallIntegerField(default=0, editable=False)
    late_after = models.DateTimeField(_("too late after"))
    next_attempt_at = models.DateTimeField(_("next try"), null=True, blank=True)
    stage_at = models.DateTimeField(_("prepared from"), null=True, blank=True)
    staged_at = models.DateTimeField(_("prepared"), null=True, blank=True)
    staged = models.JSONField(default=dict, blank=True, editable=False)
    # of a thread, the parts that are out
    parts = models.JSONField(db_default=[], default=list, blank=True, editable=False)
    zone_data = models.CharField(max_length=16, db_default="", default="", editable=False)  # its version
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    faults = models.PositiveSmallIntegerField(_("errors of the hub"), db_default=0, default=0)
    crashes = models.PositiveSmallIntegerField(_("workers it ended"), db_default=0, default=0)
    # while in doubt: when the account is read next, how often in a row it was not there, and the end of it
    check_at = models.DateTimeField(_("next look"), null=True, blank=True)
    absences = models.PositiveSmallIntegerField(_("times not found"), db_default=0, default=0)
    checking_until = models.DateTimeField(_("checking until"), null=True, blank=True)
    # what came of it
    external_id = models.CharField(_("id on the platform"), max_length=255, blank=True)
    permalink = models.URLField(_("public address"), max_length=500, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    removed_at = models.DateTimeField(_("taken down"), null=True, blank=True)
    message = models.CharField(_("what happened"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["post", "account"],
                condition=~models.Q(status="skipped"),
                name="one_live_delivery_per_account",
            ),
            models.UniqueConstraint(
                fields=["account", "external_id"],
                condition=~models.Q(external_id=""),
                name="external_id_bound_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "due_at", "id"],
                condition=models.Q(status__in=["pending", "sending"]),
                name="delivery_open",
            ),
            models.Index(
                fields=["account", "stage_at"],
                condition=models.Q(status="pending", stage_at__isnull=False),
                name="delivery_stage",
            ),
            models.Index(
                fields=["account", "check_at"],
                condition=models.Q(check_at__isnull=False),
                name="delivery_check",
            ),
            models.Index(fields=["due_at"], condition=models.Q(status="pending"), name="delivery_due"),
            models.Index(
                fields=["status"],
                condition=models.Q(status__in=["sending", "unconfirmed", "held"]),
                name="delivery_unsettled",
            ),
            models.Index(fields=["late_after"], condition=models.Q(status="pending"), name="delivery_late"),
            models.Index(fields=["account", "-due_at", "-id"], name="delivery_account"),
            models.Index(fields=["chapter", "due_at", "id"], name="delivery_chapter"),
            models.Index(
                fields=["checking_until"],
                condition=models.Q(checking_until__isnull=False),
                name="delivery_checking",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} · {self.account}"


class Attempt(models.Model):
    """One try to change something on the platform, committed before the call and closed by evidence.

    An open publish attempt (`outcome` empty) means the answer is not known; the database allows one.
    """

    class Phase(models.TextChoices):
        REFRESH = "refresh", _("Renew access")
        MEDIA = "media", _("Upload")
        CONTAINER = "container", _("Prepare")
        PUBLISH = "publish", _("Publish")

    class Outcome(models.TextChoices):
        OK = "ok", _("Accepted")
        NOT_SENT = "not_sent", _("Not sent")
        REJECTED = "rejected", _("Refused")
        LIMITED = "limited", _("Limited")
        NOT_PUBLISHED = "not_published", _("Found not published")

    delivery = models.ForeignKey(
        Delivery, verbose_name=_("delivery"), on_delete=models.PROTECT, related_name="attempts"
    )
    phase = models.CharField(_("phase"), max_length=9, choices=Phase.choices)
    part = models.PositiveSmallIntegerField(_("part"), default=0)
    number = models.PositiveSmallIntegerField(_("try"))
    fence = models.BigIntegerField(_("fence"))
    protocol = models.PositiveSmallIntegerField(_("protocol version"))
    key = models.CharField(_("idempotency key"), max_length=64)
    container_id = models.CharField(_("container"), max_length=255, blank=True)
    started_at = models.DateTimeField(_("begun"))
    send_deadline = models.DateTimeField(_("answer expected by"))
    finished_at = models.DateTimeField(_("closed"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=13, choices=Outcome.choices, null=True, blank=True)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(fields=["delivery", "phase", "part", "number"], name="attempt_numbered"),
            models.UniqueConstraint(
                fields=["delivery"],
                condition=models.Q(phase="publish", outcome=None),
                name="one_open_publish_attempt",
            ),
        ]
        indexes = [
            models.Index(fields=["delivery"], condition=models.Q(outcome=None), name="attempt_open"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.phase} {self.number}"
