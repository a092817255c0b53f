"""The weekly mail: what waits for a person, in one mail on the day and at the hour they chose."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation

from chapters import mail, wishes
from chapters.models import Digest, Membership, Notice, User
from chapters.notice_kinds import How

BATCH = 50
MOST = 40  # things in one mail; the rest is in the hub, and the mail says so


def last_due(now: datetime, *, weekday: int, hour: int, zone: ZoneInfo) -> datetime:
    """The latest moment up to `now` that is `hour` o'clock on `weekday` (0 is Monday) by clocks in `zone`."""
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=(local.weekday() - weekday) % 7)
    due = datetime.combine(day, time(hour), tzinfo=zone)
    return due if due <= now else datetime.combine(day - timedelta(days=7), time(hour), tzinfo=zone)


def make_due() -> int:
    """Gather what is due for people who have something waiting. Returns how many mails were made.

    Making one claims its notices in the same transaction: a second worker, or the same one again, finds
    nothing left.
    """
    waiting = Notice.objects.filter(how=How.WEEKLY, sent_at=None, read_at=None)
    people = User.objects.filter(pk__in=waiting.values("person"), is_active=True)
    return sum(_make(person, timezone.now()) for person in people.iterator())


def _make(person: User, now: datetime) -> bool:
    due = last_due(now, weekday=person.digest_weekday, hour=person.digest_hour, zone=_zone_of(person))
    ripe = Notice.objects.filter(
        person=person, how=How.WEEKLY, sent_at=None, read_at=None, created_at__lte=due
    )
    if not ripe.exists():
        return False
    try:
        with transaction.atomic():
            digest = Digest.objects.create(person=person, day=_day(due, person))
            ripe.update(digest=digest, sent_at=now)
    except IntegrityError:  # this week's mail was made already
        return False
    return True


def mail_waiting() -> int:
    """Mail the gathered digests. Returns how many were sent; one that fails never stops the rest."""
    unsent = (
        Digest.objects.filter(sent_at=None, mail_tries__lt=len(mail.WAITS))
        .select_related("person")
        .order_by("mail_tries", "id")[:BATCH]
    )
    waiting = [digest for digest in unsent if mail.is_time(digest.mail_tries, digest.created_at)]
    return mail.send_each(waiting, compose=_claim, failed=_give_back) if waiting else 0


def _claim(digest: Digest) -> EmailMultiAlternatives | None:
    # claimed before it is sent, as notices are: a worker that dies in between costs a mail, never makes two
    claimed = Digest.objects.filter(pk=digest.pk, sent_at=None).update(
        sent_at=timezone.now(), mail_tries=F("mail_tries") + 1
    )
    if not claimed or not digest.person.is_active:
        return None
    return message(digest)


def _give_back(digest: Digest) -> None:
    Digest.objects.filter(pk=digest.pk).update(sent_at=None)


def message(digest: Digest) -> EmailMultiAlternatives:
    """The mail: each thing with its chapter, its reason and where its next step is."""
    rows = Notice.objects.filter(digest=digest).select_related("chapter").order_by("id")
    shown = list(rows[: MOST + 1])
    stop = wishes.stop_url(digest.person, wishes.DIGEST)
    context = {
        "notices": [{"notice": notice, "url": settings.HUB_URL + notice.path} for notice in shown[:MOST]],
        "has_more": len(shown) > MOST,
        "url": settings.HUB_URL + "/notices/",
        "wishes_url": settings.HUB_URL + "/notices/wishes/",
        "hub_name": settings.HUB_NAME,
        "count": len(shown[:MOST]),
    }
    with translation.override(digest.person.language):
        letter = EmailMultiAlternatives(
            subject=mail.one_line(render_to_string("emails/digest_subject.txt", context)),
            body=render_to_string("emails/digest.txt", context),
            to=[digest.person.email],
            headers=mail.unsubscribing(stop),
        )
        letter.attach_alternative(render_to_string("emails/digest.html", context), "text/html")
    return letter


def _zone_of(person: User) -> ZoneInfo:
    """The person's zone, else that of their first chapter."""
    if person.time_zone:
        return ZoneInfo(person.time_zone)
    first = Membership.objects.filter(user=person).select_related("chapter").order_by("chapter__name").first()
    return first.chapter.zone if first else ZoneInfo("UTC")


def _day(due: datetime, person: User) -> date:
    return due.astimezone(_zone_of(person)).date()
