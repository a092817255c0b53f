from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from posts.models.account import SocialAccount


class Lane(models.Model):
    """An account's place in the publishing order: what a worker claims. Only `publishing` writes it."""

    account = models.OneToOneField(
        SocialAccount, verbose_name=_("account"), on_delete=models.CASCADE, related_name="lane"
    )
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    lease_owner = models.CharField(_("leased by"), max_length=120, blank=True)
    released_at = models.DateTimeField(_("given back"), null=True, blank=True)
    fence = models.BigIntegerField(_("fence"), default=0)
    not_before = models.DateTimeField(_("limited until"), null=True, blank=True)
    breaker_failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    breaker_until = models.DateTimeField(_("breaker open until"), null=True, blank=True)
    refresh_at = models.DateTimeField(_("renew access at"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_reason = models.CharField(_("why it is paused"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("lane")
        verbose_name_plural = _("lanes")
        indexes = [
            models.Index(fields=["next_due_at"], condition=models.Q(paused_at=None), name="lane_next_due"),
            models.Index(
                fields=["lease_until"], condition=models.Q(lease_until__isnull=False), name="lane_leased"
            ),
        ]

    def __str__(self) -> str:
        return str(self.account)


class Breaker(models.Model):
    """How one server is doing, over all of its accounts: failures in a row, and a budget for retries.

    While it is open, `Lane.breaker_until` holds the server's lanes back. Only `publishing` writes it.
    """

    platform = models.CharField(_("platform"), max_length=20)
    host = models.CharField(_("server"), max_length=255, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    openings = models.PositiveIntegerField(_("times opened in a row"), default=0)
    open_until = models.DateTimeField(_("open until"), null=True, blank=True)
    retries = models.FloatField(_("retries left"), default=0)
    retries_at = models.DateTimeField(_("retries counted"))

    class Meta:
        verbose_name = _("breaker")
        verbose_name_plural = _("breakers")
        constraints = [models.UniqueConstraint(fields=["platform", "host"], name="one_breaker_per_server")]

    def __str__(self) -> str:
        return f"{self.platform} {self.host}".strip()


class DrainSlot(models.Model):
    """One of the `HUB_DRAINS` places in which a drain may linger."""

    number = models.PositiveSmallIntegerField(unique=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("drain slot")
        verbose_name_plural = _("drain slots")

    def __str__(self) -> str:
        return str(self.number)


class Heartbeat(models.Model):
    """When a process was last seen at work."""

    name = models.CharField(_("process"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=20)
    at = models.DateTimeField(_("last seen"))

    class Meta:
        ordering = ["kind", "name"]
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
