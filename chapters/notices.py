"""Telling people: one notice to one person about one cause, in the hub and by mail."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation

from chapters import attachments, mail, wishes
from chapters.models import Chapter, Membership, Notice, User
from chapters.notice_kinds import How, group_of
from chapters.permissions import Action, can
from hubsite.lib import broker

log = logging.getLogger(__name__)

BATCH = 50

Tell = Callable[..., None]


def quietly(tell: Tell) -> Tell:
    """A notice that cannot be made is logged; it never undoes what it was to tell of."""

    @functools.wraps(tell)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            with transaction.atomic():
                tell(*args, **kwargs)
        except OperationalError:
            raise
        except Exception:
            log.exception("notice could not be made", extra={"notice": tell.__name__})

    return guarded


def notify(
    people: Iterable[User],
    *,
    chapter: Chapter | None,
    cause: str,
    kind: str,
    title: str,
    body: str,
    path: str,
) -> None:
    """Tell each of `people` about `cause`, once ever, as they want to be told. Mail follows from a worker.

    `cause` names the thing and the moment, e.g. "post:<uid>:submitted:3"; `path` is where the next step is.
    """
    told = {person.pk: person for person in people}
    how = wishes.how_to_tell(told.values(), kind) if told else {}
    Notice.objects.bulk_create(
        [
            Notice(
                person=person,
                how=how[person.pk],
                chapter=chapter,
                cause=cause,
                kind=kind,
                title=title[:200],
                body=body,
                path=path,
            )
            for person in told.values()
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(lambda: broker.wake("chapters.mail_notices"))


def over(*kinds: str, about: str) -> None:
    """What the notices of these kinds asked for is done: once that is committed, nobody has them as new.

    `about` is how their causes begin, such as "post:7". What is told from now on stays new.
    """
    now = timezone.now()
    done = Notice.objects.filter(
        Q(cause=about) | Q(cause__startswith=f"{about}:"), kind__in=kinds, read_at=None, created_at__lt=now
    )
    transaction.on_commit(lambda: done.update(read_at=now), robust=True)


def members_who_can(chapter: Chapter, action: Action, *, excluding: Iterable[int] = ()) -> list[User]:
    """The active members of `chapter` who may do `action`, without those whose ids are given."""
    left_out = set(excluding)
    memberships = Membership.objects.filter(chapter=chapter, user__is_active=True).select_related(
        "user", "chapter"
    )
    return [m.user for m in memberships if m.user_id not in left_out and can(m, action)]


def mail_waiting() -> int:
    """Mail the notices that wait. Returns how many were sent; one that fails never stops the rest."""
    unsent = (
        Notice.objects.filter(how=How.NOW, sent_at=None, mail_tries__lt=len(mail.WAITS))
        .select_related("person", "chapter")
        .order_by("mail_tries", "id")[:BATCH]
    )
    waiting = [notice for notice in unsent if mail.is_time(notice.mail_tries, notice.created_at)]
    return mail.send_each(waiting, compose=_claim, failed=_give_back) if waiting else 0


def _claim(notice: Notice) -> EmailMultiAlternatives | None:
    # Claimed before it is sent: a worker that dies in between costs one mail (the notice stays in the hub),
    # where sending first could repeat it.
    claimed = Notice.objects.filter(pk=notice.pk, sent_at=None).update(
        sent_at=timezone.now(), mail_tries=F("mail_tries") + 1
    )
    if not claimed or not notice.person.is_active:
        return None
    return message(notice)


def _give_back(notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk).update(sent_at=None)


def message(notice: Notice) -> EmailMultiAlternatives:
    """The mail of a notice."""
    group = group_of(notice.kind)
    stop = wishes.stop_url(notice.person, group.key)
    context = {
        "notice": notice,
        "url": settings.HUB_URL + notice.path,
        "hub_name": settings.HUB_NAME,
        "stop_url": settings.HUB_URL + stop,
        "group": group.label,
    }
    with translation.override(notice.person.language):
        letter = EmailMultiAlternatives(
            subject=mail.one_line(render_to_string("emails/notice_subject.txt", context)),
            body=render_to_string("emails/notice.txt", context),
            to=[notice.person.email],
            headers=mail.unsubscribing(stop),
        )
        letter.attach_alternative(render_to_string("emails/notice.html", context), "text/html")
        for file in attachments.of(notice):
            letter.attach(file.name, file.content, file.mimetype)
    return letter
