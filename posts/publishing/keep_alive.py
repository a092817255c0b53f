"""Access is kept alive, also of accounts for which nothing is planned; before it ends people are told.

Each account is renewed under its lane's lease, one after the other, on a thread of its own: the loop that
sends never waits for it. Running it twice, or never again after an hour, does no harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from hubsite.lib import broker, times
from hubsite.lib.crypto import DecryptionError
from posts import credentials, telling
from posts.models import Credential, Delivery, Lane, SocialAccount
from posts.platforms import registry
from posts.platforms.base import ConfigError, Connection, Outcome, PlatformError
from posts.publishing import claim, finish, queue, rows
from posts.publishing.claim import Lease
from posts.publishing.clock import database_now
from posts.publishing.decide import Access

log = logging.getLogger(__name__)

CALL_SECONDS = 20.0
RUN_SECONDS = 300.0  # of one run; the next one goes on
WAKE_EVERY = 600.0  # seconds between wake-ups that one process sends
BATCH = 500
# How long before the end people are told, the farthest first; each step once.
STEPS = (("14d", timedelta(days=14)), ("3d", timedelta(days=3)), ("1h", timedelta(hours=1)))
OVER_AFTER = timedelta(minutes=5)  # platforms' clocks and ours are not quite the same

_woken_at = float("-inf")


def run(*, owner: str, seconds: float = RUN_SECONDS, stop: Callable[[], bool] = lambda: False) -> int:
    """Renew what is due, tell of what ends soon and mark what has ended. Returns how many were renewed.

    It ends after about `seconds`, and earlier where `stop`, asked between two accounts, says so.
    """
    renewed = renew_due(owner=owner, seconds=seconds, stop=stop)
    tell_of_endings()
    end_what_is_over()
    return renewed


def wake_now_and_then() -> None:
    """Ask for a run, at most once in ten minutes of this process: the scheduler is not the only one to."""
    global _woken_at
    if time.monotonic() - _woken_at < WAKE_EVERY:
        return
    _woken_at = time.monotonic()
    connected = SocialAccount.objects.filter(disconnected_at=None, broken_at=None)
    if connected.filter(Q(lane__refresh_at__lte=Now()) | Q(ends_at__lte=Now() + STEPS[0][1])).exists():
        broker.wake("posts.keep_alive")


# ---- renewing


def renew_due(*, owner: str, seconds: float = RUN_SECONDS, stop: Callable[[], bool] = lambda: False) -> int:
    """Renew the access of every account whose time for it has come. Returns how many were renewed."""
    ends = time.monotonic() + seconds
    seen: list[int] = []
    renewed = 0
    while time.monotonic() < ends and not stop():
        leases = claim.take_stale(1, owner=owner, but=seen)
        if not leases:
            break
        (lease,) = leases
        seen.append(lease.account_id)
        try:
            renewed += _renew(lease)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one account in trouble must not keep the others waiting
            log.exception("access could not be renewed", extra={"account": lease.account_id})
        finally:
            claim.release([lease])
    return renewed


def _renew(lease: Lease) -> bool:
    account = SocialAccount.objects.select_related("credential", "chapter").get(pk=lease.account_id)
    sealed = account.credential.sealed
    try:
        connection = registry.get(account.platform).refresh(
            credentials.opened(account, sealed),
            credentials.known_app(account.platform, account.host),
            deadline=CALL_SECONDS,
        )
    except PlatformError as error:
        return _refused(account, sealed, error)
    except DecryptionError:
        log.error("tokens can't be read", extra={"account": str(account.uid)})
        return False
    if connection is None:
        queue.stop_renewing(account)
        return False
    return _keep(account, sealed, connection)


@transaction.atomic
def _keep(account: SocialAccount, sealed: str, connection: Connection) -> bool:
    """Keep the new tokens, whoever has the lane by now: those they were made from may be used up."""
    if not _still_in_use(account, sealed):
        return False
    finish.keep_access(account, connection, database_now())
    return True


@transaction.atomic
def _refused(account: SocialAccount, sealed: str, error: PlatformError) -> bool:
    """Where the platform refuses the grant itself, a person has to act; all else is tried again."""
    log.warning(
        "access was not renewed",
        extra={"account": str(account.uid), "error": type(error).__name__, "detail": error.detail},
    )
    final = error.outcome in (Outcome.AUTH, Outcome.PERMANENT) and not isinstance(error, ConfigError)
    if final and _still_in_use(account, sealed):
        rows.note_access(account, Access.BROKEN, error.message, database_now())
    return False


def _still_in_use(account: SocialAccount, sealed: str) -> bool:
    """Whether nobody connected the account anew or renewed it meanwhile; nobody does so until the commit."""
    list(Lane.objects.select_for_update().filter(account=account))  # before the tokens, as everywhere
    kept = Credential.objects.select_for_update().filter(account=account)
    return kept.values_list("sealed", flat=True).first() == sealed


# ---- telling


def tell_of_endings() -> int:
    """Tell of every access that ends within the farthest step. Returns how many accounts that were."""
    now = database_now()
    soon = SocialAccount.objects.filter(
        disconnected_at=None, broken_at=None, ends_at__gt=now, ends_at__lte=now + STEPS[0][1]
    ).exclude(chapter__state="left")  # fmt: skip
    told = 0
    for account in soon.select_related("chapter").order_by("ends_at")[:BATCH]:
        telling.access_ends(
            account,
            _step(account.ends_at - now),
            times.when(account.ends_at, account.chapter.zone),
            planned_after(account),
        )
        told += 1
    return told


def _step(left: timedelta) -> str:
    """The nearest step that `left` has come to."""
    return [name for name, length in STEPS if left <= length][-1]


def planned_after(account: SocialAccount) -> int:
    """How many posts are planned for after the end of the account's access."""
    if account.ends_at is None:
        return 0
    return account.deliveries.filter(status=Delivery.Status.PENDING, due_at__gte=account.ends_at).count()


def end_what_is_over() -> int:
    """Mark the accounts whose access has ended as to be connected again. Returns how many."""
    now = database_now()
    over = SocialAccount.objects.filter(
        disconnected_at=None, broken_at=None, ends_at__lte=now - OVER_AFTER
    ).select_related("chapter")  # fmt: skip
    done = 0
    for account in over.order_by("ends_at")[:BATCH]:
        done += _end(account, now)
    return done


@transaction.atomic
def _end(account: SocialAccount, now: datetime) -> bool:
    still = SocialAccount.objects.select_for_update(of=("self",)).filter(
        pk=account.pk, ends_at=account.ends_at, broken_at=None
    )
    if not still.exists():
        return False
    when = times.when(account.ends_at, account.chapter.zone)
    message = _("The access ended %(when)s. Connect the account again.") % {"when": when}
    rows.note_access(account, Access.BROKEN, message, now)
    return True
