from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter


class SocialAccount(models.Model):
    """A chapter's connected profile on a platform.

    Never deleted and never moved to another chapter: disconnecting sets `disconnected_at`, the same chapter
    connecting the same profile again takes the row back, and a transfer is a new row with `predecessor`.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="social_accounts"
    )
    platform = models.CharField(_("platform"), max_length=20)
    host = models.CharField(_("server"), max_length=255, blank=True)
    external_id = models.CharField(_("id on the platform"), max_length=255)
    handle = models.CharField(_("handle"), max_length=255)
    display_name = models.CharField(_("name"), max_length=255, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    scopes = models.JSONField(_("granted rights"), default=list, blank=True)
    capabilities = models.JSONField(_("capabilities"), default=dict, blank=True)
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("connected by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    connected_at = models.DateTimeField(_("connected"), auto_now_add=True)
    # until when its tokens are good, and from when on only a person can give new ones
    expires_at = models.DateTimeField(_("access expires"), null=True, blank=True)
    ends_at = models.DateTimeField(_("access ends"), null=True, blank=True)
    resend_absent = models.BooleanField(
        _("send again what is not there"), db_default=True, default=True,
        help_text=_("after a lost answer, where the platform's own list shows that the post is not there"),
    )  # fmt: skip
    broken_at = models.DateTimeField(_("broken since"), null=True, blank=True)
    broken_message = models.CharField(_("what is broken"), max_length=300, blank=True)
    disconnected_at = models.DateTimeField(_("disconnected"), null=True, blank=True)
    predecessor = models.ForeignKey(
        "self", verbose_name=_("taken over from"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="successors",
    )  # fmt: skip

    class Meta:
        ordering = ["platform", "handle", "id"]
        verbose_name = _("social account")
        verbose_name_plural = _("social accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "host", "external_id"],
                condition=models.Q(disconnected_at=None),
                name="account_connected_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.handle} ({self.platform})"

    @property
    def is_connected(self) -> bool:
        return self.disconnected_at is None

    @property
    def is_broken(self) -> bool:
        return self.broken_at is not None


class Credential(models.Model):
    """The tokens of one account, encrypted as one JSON value. Loaded only where a call is made."""

    account = models.OneToOneField(
        SocialAccount, verbose_name=_("account"), on_delete=models.CASCADE, related_name="credential"
    )
    sealed = models.TextField(editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")

    def __str__(self) -> str:
        return f"#{self.pk}"


class PlatformApp(models.Model):
    """The hub's own registration with a platform or server. The client secret is encrypted."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    platform = models.CharField(_("platform"), max_length=20)
    host = models.CharField(_("server"), max_length=255, blank=True)
    client_id = models.CharField(_("client id"), max_length=255)
    sealed_secret = models.TextField(editable=False)
    endpoints = models.JSONField(_("addresses the server told"), default=dict, blank=True)
    created_at = models.DateTimeField(_("registered"), auto_now_add=True)

    class Meta:
        verbose_name = _("registration with a platform")
        verbose_name_plural = _("registrations with platforms")
        constraints = [models.UniqueConstraint(fields=["platform", "host"], name="one_app_per_server")]

    def __str__(self) -> str:
        return f"{self.platform} {self.host}".strip()


class ConnectionLink(models.Model):
    """An offer to whoever owns an account: connect it to this chapter, without an account on the hub.

    Works once and until `expires_at`. The link's token exists in the link alone; here is its SHA-256. An
    empty `platform` leaves the choice to whoever opens it; with `account` it is for that account only.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.PROTECT, related_name="connection_links"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), on_delete=models.PROTECT, related_name="+"
    )
    platform = models.CharField(_("platform"), max_length=20, blank=True)
    account = models.ForeignKey(
        SocialAccount, verbose_name=_("account to connect again"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("connection link")
        verbose_name_plural = _("connection links")

    def __str__(self) -> str:
        return f"#{self.pk} · {self.chapter}"


class ConnectionAttempt(models.Model):
    """A connection begun: single use, short-lived, bound to whoever began it, chapter, platform and server.

    That is a member, or whoever opened a connection link. Where the platform offers several accounts,
    `sealed_choices` keeps them, encrypted like tokens, until one is chosen or the time is over.
    """

    chapter = models.ForeignKey(
        Chapter, verbose_name=_("chapter"), on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, blank=True, on_delete=models.CASCADE,
        related_name="+",
    )  # fmt: skip
    link = models.ForeignKey(
        ConnectionLink, verbose_name=_("by link"), null=True, blank=True, on_delete=models.CASCADE,
        related_name="+",
    )  # fmt: skip
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    platform = models.CharField(_("platform"), max_length=20)
    host = models.CharField(_("server"), max_length=255, blank=True)
    state_hash = models.CharField(max_length=64, unique=True, editable=False)
    sealed_verifier = models.TextField(editable=False)
    sealed_choices = models.TextField(blank=True, db_default="", default="", editable=False)
    account = models.ForeignKey(
        SocialAccount, verbose_name=_("account to reconnect"), null=True, blank=True,
        on_delete=models.CASCADE, related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)  # the way back from the platform
    ended_at = models.DateTimeField(_("over"), null=True, blank=True)  # connected, failed or dropped

    class Meta:
        verbose_name = _("connection begun")
        verbose_name_plural = _("connections begun")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None, link__isnull=False)
                | models.Q(person__isnull=False, link=None),
                name="attempt_of_person_or_link",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.host} · {self.chapter}"

    @property
    def has_choices(self) -> bool:
        return self.sealed_choices != ""
