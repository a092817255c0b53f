from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from posts.models.post import Post


class Review(models.Model):
    """What somebody said of one revision of a post. Never changed; an approval binds to its revision."""

    class Kind(models.TextChoices):
        APPROVAL = "approval", _("Approval")
        ADVICE = "advice", _("Advice")

    class Verdict(models.TextChoices):
        APPROVED = "approved", _("Approved")
        CHANGES = "changes", _("Asked for changes")
        COMMENT = "comment", _("Comment")

    post = models.ForeignKey(Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="reviews")
    revision = models.PositiveIntegerField(_("revision"))
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    reviewer_chapter = models.ForeignKey(
        Chapter, verbose_name=_("of"), on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    text = models.TextField(_("words"), blank=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        indexes = [models.Index(fields=["post", "revision"], name="review_of_revision")]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} · {self.reviewer}"
