"""The call to the platform, on a thread that touches no database."""

from __future__ import annotations

import logging

from posts.platforms.base import AuthExpired, NotBegun, PlatformError, UnknownOutcome
from posts.publishing import matching
from posts.publishing.calls import Call, Result
from posts.publishing.clock import boot_clock
from posts.publishing.decide import Kind

log = logging.getLogger(__name__)

MARGIN = 2.0  # seconds between the end of a call and the end of its lease
START_WITHIN = 2.0  # seconds from the lease's renewal within which a call that was begun must start


def perform(call: Call) -> Result:
    """Make the call and say what came of it. Never raises: anything unforeseen on the final call is doubt.

    Nothing is sent unless the lease outlasts the call, so that nobody else can hold the lane by then, nor
    later than the attempt says.
    """
    too_late = boot_clock() > call.lease.taken + START_WITHIN
    if too_late or call.lease.left() < call.deadline + MARGIN:
        return Result(
            error=NotBegun(
                "The hub was too busy to send this in time; it will try again.",
                detail="lease too short for the call",
            )
        )
    try:
        return _MAKE[call.kind](call)
    except PlatformError as error:
        return Result(error=error)
    except Exception as error:  # a fault of ours in the middle of a call: what the platform did is not known
        log.exception("adapter failed", extra={"attempt": call.attempt_id})
        unknown = UnknownOutcome(
            "Something unexpected happened while sending, so it may or may not be out.",
            detail=type(error).__name__,
        )
        return Result(error=unknown, fault=True)


def _publish(call: Call) -> Result:
    published = call.adapter.publish(
        call.content, call.credentials, staged=call.staged, key=call.key, deadline=call.deadline
    )
    return Result(published=published)


def _stage(call: Call) -> Result:
    return Result(
        staged=call.adapter.stage(call.content, call.credentials, staged=call.staged, deadline=call.deadline)
    )


def _refresh(call: Call) -> Result:
    connection = call.adapter.refresh(call.credentials, call.app, deadline=call.deadline)
    if connection is None:
        raise AuthExpired("The access to this account has ended. Connect the account again.")
    return Result(connection=connection)


def _look(call: Call) -> Result:
    seen = call.adapter.read_back(
        call.content,
        call.credentials,
        staged=call.staged,
        key=call.key,
        since=matching.listed_since(call.began),
        deadline=call.deadline,
    )
    return Result(seen=seen)


_MAKE = {Kind.PUBLISH: _publish, Kind.STAGE: _stage, Kind.REFRESH: _refresh, Kind.CHECK: _look}
