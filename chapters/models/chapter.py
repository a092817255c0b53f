from __future__ import annotations

import uuid
import zoneinfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models.user import validate_time_zone

HUES = 12


class Region(models.Model):
    """A named group of chapters, for filtering and fair comparison."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    slug = models.SlugField(_("address part"), max_length=60, unique=True)
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="children",
    )  # fmt: skip

    class Meta:
        ordering = ["name"]
        verbose_name = _("region")
        verbose_name_plural = _("regions")

    def __str__(self) -> str:
        return self.name


class Chapter(models.Model):
    """A local unit that speaks for itself. The central team is the one chapter of kind `central`."""

    class Kind(models.TextChoices):
        CHAPTER = "chapter", _("Chapter")
        CENTRAL = "central", _("Central team")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        LEFT = "left", _("Left")

    class ReviewRule(models.TextChoices):
        REQUIRED = "required", _("A second person approves every post")
        OPTIONAL = "optional", _("Review is optional")

    class AccountsBy(models.TextChoices):
        LEADS = "leads", _("Leads")
        EDITORS = "editors", _("Leads and editors")

    class AdvisoryRule(models.TextChoices):
        ASK = "ask", _("Ask us; when it ends, remind us to resume")
        ASK_AND_RESUME = "resume", _("Ask us; if we paused for it, resume by itself when it ends")
        FOLLOW = "follow", _("Follow it by itself: pause at once, resume when it ends")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(
        _("kind"), max_length=8, choices=Kind.choices, default=Kind.CHAPTER, editable=False
    )
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address part"), max_length=60, unique=True)
    region = models.ForeignKey(
        Region, verbose_name=_("region"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="chapters",
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ACTIVE)
    paused_reason = models.CharField(_("why it is paused"), max_length=300, blank=True)
    paused_until = models.DateTimeField(_("planned end of the pause"), null=True, blank=True)
    advisory_rule = models.CharField(
        _("when the central team advises a pause"), max_length=6, choices=AdvisoryRule.choices,
        default=AdvisoryRule.ASK,
    )  # fmt: skip
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(_("language"), max_length=12, default="en")
    review_rule = models.CharField(
        _("review"), max_length=8, choices=ReviewRule.choices, default=ReviewRule.OPTIONAL
    )
    accounts_by = models.CharField(
        _("who connects accounts"), max_length=8, choices=AccountsBy.choices, default=AccountsBy.LEADS
    )
    late_after_minutes = models.PositiveIntegerField(
        _("allowed lateness in minutes"), default=120,
        help_text=_("A post that could not go out this long after its time waits for a person instead."),
    )  # fmt: skip
    shares = models.JSONField(_("what the central team sees"), default=dict, blank=True, editable=False)
    city = models.CharField(_("city"), max_length=120, blank=True)
    website = models.URLField(_("website"), blank=True)
    contact_email = models.EmailField(_("contact address"), blank=True)
    hashtag = models.CharField(_("hashtag"), max_length=60, blank=True)
    meeting_place = models.CharField(_("meeting place"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("chapter")
        verbose_name_plural = _("chapters")
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="central"), name="one_central_team"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_central(self) -> bool:
        return self.kind == self.Kind.CENTRAL

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def hue(self) -> int:
        """One of twelve colours, for views over several chapters."""
        return self.uid.int % HUES
