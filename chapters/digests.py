"""The weekly mail: what waits for a person, in one mail on the day and at the hour they chose."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import F, Min, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from chapters import mail, wishes
from chapters.models import Digest, Membership, Notice, User
from chapters.notice_kinds import How

BATCH = 50
WEEK = timedelta(days=7)
MOST = 40  # things in one mail; the rest is in the hub, and the mail says so


def last_due(now: datetime, *, weekday: int, hour: int, zone: ZoneInfo) -> datetime:
    """The latest moment up to `now` that is `hour` o'clock on `weekday` (0 is Monday) by clocks in `zone`."""
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=(local.weekday() - weekday) % 7)
    due = datetime.combine(day, time(hour), tzinfo=zone)
    return due if due <= now else datetime.combine(day - WEEK, time(hour), tzinfo=zone)


def make_due() -> int:
    """Gather what is due for people who have something waiting. Returns how many mails were made.

    Making one claims its notices in the same transaction: a second worker, or the same one again, finds
    nothing left. Where nothing is due, three queries for any number of people.
    """
    waiting = Notice.objects.filter(how=How.WEEKLY, sent_at=None, read_at=None)
    rows = waiting.order_by().values_list("person").annotate(oldest=Min("created_at"))
    oldest = dict(rows)
    zones = _zones_of_chapters(waiting)
    now, made = timezone.now(), 0
    for person in User.objects.filter(pk__in=waiting.values("person"), is_active=True).iterator():
        zone = ZoneInfo(person.time_zone or zones.get(person.pk, "UTC"))
        due = last_due(now, weekday=person.digest_weekday, hour=person.digest_hour, zone=zone)
        if person.pk in oldest and oldest[person.pk] <= due:
            made += _make(person, due, now)
    return made


def _make(person: User, due: datetime, now: datetime) -> bool:
    """Gather the mail of the week that ends with `due`, whose zone is the person's; False without one."""
    ripe = Notice.objects.filter(
        person=person, how=How.WEEKLY, sent_at=None, read_at=None, created_at__lte=due
    )
    # one in seven days, also for somebody who moves the day about
    if Digest.objects.filter(person=person, day__gt=due.date() - WEEK).exists() or not ripe.exists():
        return False
    try:
        with transaction.atomic():
            digest = Digest.objects.create(person=person, day=due.date())
            ripe.update(digest=digest, sent_at=now)
    except IntegrityError:  # this week's mail was made already
        return False
    return True


def _zones_of_chapters(waiting: QuerySet[Notice]) -> dict[int, str]:
    """The zone of the first chapter of everybody who has something waiting."""
    members = Membership.objects.filter(user__in=waiting.values("person")).order_by("-chapter__name")
    return dict(members.values_list("user", "chapter__time_zone"))


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
    wanted = Notice.objects.filter(digest=digest).exists()  # not by somebody who has unsubscribed meanwhile
    return message(digest) if claimed and wanted and digest.person.is_active else None


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
