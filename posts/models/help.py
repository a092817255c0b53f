from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from posts.models.post import Post


class HelpRequest(models.Model):
    """A chapter asks somebody outside it to look at a post, and lets them see it while the request is open.

    Asked is another chapter, usually the central team, or else any volunteer (`of_chapter` is None): then the
    first who takes it sees the post, and nobody else. Then `language` is the one that the post is in.

    `answered_at` is when whoever was asked last said something of the post; it is empty again where their
    approval counts and the post is handed in anew. The request stays open: the chapter decides.
    """

    post = models.ForeignKey(
        Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="help_requests"
    )
    of_chapter = models.ForeignKey(
        Chapter, verbose_name=_("asked of"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(_("what would help"), blank=True)
    may_approve = models.BooleanField(_("their approval counts"), default=False)
    wanted_by = models.DateTimeField(_("wanted by"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("taken by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    taken_by_chapter = models.ForeignKey(
        Chapter, verbose_name=_("of"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    language = models.CharField(_("language of the post"), max_length=16, blank=True, default="")
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("answered by"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("request for help")
        verbose_name_plural = _("requests for help")
        constraints = [
            models.UniqueConstraint(
                fields=["post", "of_chapter"],
                condition=models.Q(closed_at=None),
                name="one_open_help_request",
            ),
            models.UniqueConstraint(
                fields=["post"],
                condition=models.Q(closed_at=None, of_chapter=None),
                name="one_open_call_for_volunteers",
            ),
            # a chapter does not choose who volunteers, so a volunteer's approval can't stand for its own
            models.CheckConstraint(
                condition=models.Q(of_chapter__isnull=False) | models.Q(may_approve=False),
                name="volunteers_only_advise",
            ),
            models.CheckConstraint(
                condition=models.Q(taken_by=None, taken_by_chapter=None, taken_at=None)
                | models.Q(
                    of_chapter=None, taken_by__isnull=False, taken_by_chapter__isnull=False,
                    taken_at__isnull=False,
                ),
                name="taken_by_somebody_of_a_chapter",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["of_chapter", "closed_at"], name="help_asked_of"),
            models.Index(fields=["taken_by", "closed_at"], name="help_taken_by"),
        ]

    def __str__(self) -> str:
        return f"{self.post} · {self.asked_of}"

    @property
    def asked_of(self) -> str:
        """Whom the chapter asked, in words."""
        if self.of_chapter is not None:
            return self.of_chapter.name
        if self.taken_by is not None and self.taken_by_chapter is not None:
            return _t("%(name)s of %(chapter)s") % {
                "name": self.taken_by.display_name,
                "chapter": self.taken_by_chapter.name,
            }
        return _t("any volunteer")

    @property
    def is_call(self) -> bool:
        """Whether any volunteer was asked."""
        return self.of_chapter_id is None

    @property
    def age(self) -> int:
        """How many days ago it was asked, by the calendar of the chapter that asks."""
        zone = self.post.chapter.zone
        return (timezone.localdate(timezone=zone) - timezone.localdate(self.created_at, zone)).days

    @property
    def is_overdue(self) -> bool:
        """Whether the time it was wanted by is over, and nobody has said anything."""
        waits = self.closed_at is None and self.answered_at is None
        return waits and self.wanted_by is not None and self.wanted_by < timezone.now()


class Thanks(models.Model):
    """A chapter thanks for help with a post. For the two sides only: never counted, shown to nobody else."""

    request = models.OneToOneField(
        HelpRequest, verbose_name=_("request"), on_delete=models.CASCADE, related_name="thanks"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("from"), on_delete=models.PROTECT, related_name="+"
    )
    by_chapter = models.ForeignKey(Chapter, verbose_name=_("of"), on_delete=models.PROTECT, related_name="+")
    to_chapter = models.ForeignKey(Chapter, verbose_name=_("to"), on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    text = models.CharField(_("words"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("thanks")
        verbose_name_plural = _("thanks")
        indexes = [models.Index(fields=["to_chapter", "-id"], name="thanks_to_chapter")]

    def __str__(self) -> str:
        return f"{self.by_chapter} · {self.to_chapter}"
