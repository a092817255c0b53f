"""The call to the platform, on a thread that touches no database."""

from __future__ import annotations

import logging

from posts.models import Attempt
from posts.platforms.base import PlatformError, Transient, UnknownOutcome
from posts.publishing.ledger import Call, Result

log = logging.getLogger(__name__)

MARGIN = 2.0  # seconds between the end of a call and the end of its lease


def perform(call: Call) -> Result:
    """Make the call and say what came of it. Never raises: anything unforeseen on the final call is doubt."""
    if call.lease.left() < call.deadline + MARGIN:
        return Result(
            error=Transient(
                "The hub was too busy to send this in time; it will try again.",
                detail="lease too short for the call",
            )
        )
    try:
        if call.phase == Attempt.Phase.MEDIA:
            return Result(staged=_stage(call))
        published = call.adapter.publish(
            call.content, call.credentials, staged=call.staged, key=call.key, deadline=call.deadline
        )
        return Result(published=published)
    except PlatformError as error:
        return Result(error=error, partly_staged=getattr(error, "staged", None))
    except Exception as error:  # a fault of ours in the middle of a call: what the platform did is not known
        log.exception("adapter failed", extra={"attempt": call.attempt_id})
        unknown = UnknownOutcome(
            "Something unexpected happened while sending, so it may or may not be out.",
            detail=type(error).__name__,
        )
        return Result(error=unknown)


def _stage(call: Call) -> dict[str, object]:
    return call.adapter.stage(call.content, call.credentials, staged=call.staged, deadline=call.deadline)
