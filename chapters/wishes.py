"""How people want to be told: what they chose, the cap on the central team, and its emergencies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.core import signing
from django.db import models, transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import Actor
from chapters.models import Emergency, Notice, NoticePreference, User
from chapters.notice_kinds import GROUPS, How, group_of, kinds_from_central, kinds_in
from chapters.problems import Refused

CAP = 3  # mails that the central team may send a person at once, of its own accord, ...
CAP_SPAN = timedelta(days=7)  # ... in this time
EMERGENCY_MAX = timedelta(hours=72)
DIGEST = "digest"  # what is unsubscribed from in the weekly mail: all that comes in it
_SALT = "chapters.wishes.stop"


def how_to_tell(people: Collection[User], kind: str) -> dict[int, How]:
    """How each of `people` is told of a notice of this kind: as they chose, and within the cap.

    What the central team sends of its own accord waits for the weekly mail once somebody got CAP mails in
    CAP_SPAN, unless an emergency is declared. Nobody's own choice is ever overruled, and nobody who ended the
    weekly mail gets it by way of the cap. Four queries at most.
    """
    group = group_of(kind)
    chosen = dict(
        NoticePreference.objects.filter(person__in=people, group=group.key).values_list("person", "how")
    )
    told = {person.pk: How(chosen.get(person.pk, group.default)) for person in people}
    if group.is_central and How.NOW in told.values() and emergency() is None:
        capped = _capped(told)
        ended = _without_weekly_mail(capped)
        for key in capped:
            told[key] = How.HUB if key in ended else How.WEEKLY
    return told


def _without_weekly_mail(people: set[int]) -> set[int]:
    rows = NoticePreference.objects.filter(person__in=people, group=DIGEST, how=How.HUB)
    return set(rows.values_list("person", flat=True)) if people else set()


def _capped(told: Mapping[int, How]) -> set[int]:
    rows = (
        Notice.objects.filter(
            person__in=[key for key, how in told.items() if how == How.NOW],
            how=How.NOW,
            kind__in=kinds_from_central(),
            created_at__gt=timezone.now() - CAP_SPAN,
        )
        .order_by()
        .values_list("person")
        .annotate(got=Count("pk"))
    )
    return {person for person, got in rows if got >= CAP}


def of(person: User) -> dict[str, How]:
    """What the person wants of each group, by its key."""
    chosen = dict(NoticePreference.objects.filter(person=person).values_list("group", "how"))
    return {key: How(chosen.get(key, group.default)) for key, group in GROUPS.items()}


@transaction.atomic
def choose(
    *, person: User, wishes: Mapping[str, str], weekday: int | None = None, hour: int | None = None
) -> None:
    """Keep what a person wants, by group; and the day (0 is Monday) and hour of their weekly mail.

    What waits to be mailed of a group that is wanted in the hub alone is not mailed any more. Wanting a group
    weekly is wanting the weekly mail.
    """
    for key, how in wishes.items():
        NoticePreference.objects.update_or_create(
            person=person, group=GROUPS[key].key, defaults={"how": How(how)}
        )
    silent = [key for key, how in wishes.items() if how == How.HUB]
    _keep_in_the_hub(_unmailed(person).filter(kinds_in(*silent)))
    if How.WEEKLY in wishes.values():
        NoticePreference.objects.filter(person=person, group=DIGEST).delete()
    if weekday is not None and hour is not None:
        User.objects.filter(pk=person.pk).update(digest_weekday=weekday, digest_hour=hour)


def _unmailed(person: User) -> models.QuerySet[Notice]:
    """What nobody has mailed yet: also what is gathered in a weekly mail that is still to leave."""
    waits = models.Q(sent_at=None) | models.Q(digest__isnull=False, digest__sent_at__isnull=True)
    return Notice.objects.filter(waits, person=person).exclude(how=How.HUB)


def _keep_in_the_hub(notices: models.QuerySet[Notice]) -> None:
    notices.update(how=How.HUB, sent_at=None, digest=None)


# ---- out of a mail, with one click


def stop_url(person: User, group: str) -> str:
    """The path that ends mail of this group, or the weekly mail, for whoever holds the mail."""
    token = signing.dumps({"person": str(person.uid), "group": group}, salt=_SALT)
    return reverse("notice_stop", args=[token])


def read_stop(token: str) -> tuple[User, str]:
    """Whom and what a path of `stop_url` names. Raises Refused for one this hub did not make."""
    try:
        said = signing.loads(token, salt=_SALT)
        return User.objects.get(uid=said["person"], is_active=True), said["group"]
    except (signing.BadSignature, User.DoesNotExist, KeyError, TypeError):
        raise Refused(
            _("This address is not complete. Open it from the mail again, or choose in the hub what you get.")
        ) from None


@transaction.atomic
def stop(*, person: User, group: str) -> None:
    """No more mail of this group, or no weekly mail; not even what waits already. Again changes nothing."""
    if group == DIGEST:
        choose(person=person, wishes={key: How.HUB for key, how in of(person).items() if how == How.WEEKLY})
        NoticePreference.objects.update_or_create(person=person, group=DIGEST, defaults={"how": How.HUB})
        _keep_in_the_hub(_unmailed(person).filter(how=How.WEEKLY))
    elif group in GROUPS:
        choose(person=person, wishes={group: How.HUB})


# ---- emergencies


def emergency(at: datetime | None = None) -> Emergency | None:
    """The emergency that is declared now, or was at `at`."""
    now = at or timezone.now()
    return Emergency.objects.filter(began_at__lte=now, ends_at__gt=now).select_related("declared_by").first()


@transaction.atomic
def declare_emergency(*, reason: str, lasts: timedelta, by: Actor) -> Emergency:
    """Let the central team write beyond its cap for a while; every chapter sees who did it and why."""
    if not reason.strip():
        raise Refused(_("Say what has happened; every chapter reads it."))
    if not timedelta(0) < lasts <= EMERGENCY_MAX:
        raise Refused(_("An emergency lasts at most 72 hours. Declare another one if it goes on."))
    if emergency() is not None:
        raise Refused(_("An emergency is declared already. End it first."))
    now = timezone.now()
    made = Emergency.objects.create(reason=reason, declared_by=by.user, began_at=now, ends_at=now + lasts)
    events.record("emergency_declared", made, chapter=None, by=by, hours=lasts.total_seconds() / 3600)
    return made


@transaction.atomic
def end_emergency(*, by: Actor) -> None:
    """End the emergency that is declared. Where there is none, nothing happens."""
    found = emergency()
    if found is None:
        return
    Emergency.objects.filter(pk=found.pk).update(ends_at=timezone.now())
    events.record("emergency_ended", found, chapter=None, by=by)
