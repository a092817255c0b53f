"""What went wrong lately with a chapter's posts, for it to bring to an office hour."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.models import Chapter
from playbooks.agenda import SHOWN, Point
from posts.models import Delivery

RECENT = timedelta(days=30)
D = Delivery.Status


def failures(chapter: Chapter) -> list[Point]:
    """The latest deliveries that failed or wait for a person, newest first. One query."""
    troubled = (
        Delivery.objects.filter(
            chapter=chapter,
            status__in=(D.FAILED, D.HELD, D.UNCONFIRMED),
            due_at__gte=timezone.now() - RECENT,
        )
        .exclude(checking_until__isnull=False)  # the hub finds out by itself
        .select_related("account", "post")
        .order_by("-due_at", "-id")[:SHOWN]
    )
    return [Point(f"delivery:{row.uid}", "failure", _words(row)) for row in troubled]


def _words(delivery: Delivery) -> str:
    return _("%(account)s: %(reason)s “%(words)s”") % {
        "account": delivery.account.handle,
        "reason": delivery.message or delivery.get_status_display(),
        "words": delivery.post.first_words,
    }
