"""What LinkedIn's refusals mean.

Sources: learn.microsoft.com (LinkedIn Marketing: API error details; API rate limiting; Versioning; Posts API;
Images API; Videos API). The body is `{message, status, serviceErrorCode}` or `{status, code, message,
errorDetails}`, where `errorDetails.inputErrors` names what is wrong with single fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .answers import Table, error_of, said, text_of
from .base import (
    AuthExpired,
    ConfigError,
    Duplicate,
    InvalidContent,
    MediaMissing,
    NotFound,
    PermissionMissing,
    PlatformError,
    QuotaExhausted,
    RateLimited,
    Transient,
    UnknownOutcome,
)
from .http import Answer

WHO = "LinkedIn"

_ASKED: Table = {
    401: AuthExpired,
    403: PermissionMissing,
    426: ConfigError,  # the version of the API that the hub names has ended
    429: RateLimited,
}
_SENT: Table = {
    **_ASKED,
    400: InvalidContent,
    404: NotFound,
    413: InvalidContent,
    415: InvalidContent,
    422: InvalidContent,
}
_BY_CODE: Mapping[str, type[PlatformError]] = {
    "VERSION_MISSING": ConfigError,
    "NONEXISTENT_VERSION": ConfigError,
    "REVOKED_ACCESS_TOKEN": AuthExpired,
    "EXPIRED_ACCESS_TOKEN": AuthExpired,
    "INVALID_ACCESS_TOKEN": AuthExpired,
    "ACCESS_DENIED": PermissionMissing,
}
_BY_CODE_SENT: Mapping[str, type[PlatformError]] = {
    **_BY_CODE,
    "DUPLICATE_POST": Duplicate,
    "MEDIA_ASSET_WAITING_UPLOAD": MediaMissing,
    "EXPIRED_UPLOAD_URL": MediaMissing,
    "MEDIA_ASSET_PROCESSING_FAILED": InvalidContent,
    "INVALID_URN_ID": InvalidContent,
}
_POST_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):[A-Za-z0-9_-]{1,40}")
_VERSION_SENTENCE = (
    "LinkedIn no longer takes the version of its API that this hub is set to. Ask the hub's administrator to "
    "set a newer one."
)
_QUOTA_SENTENCE = (
    "The hub has used up its calls to LinkedIn for today. The post waits and goes out by itself."
)


def refused(
    answer: Answer, *, sends: bool, final: bool = False, secrets: Iterable[str] = ()
) -> PlatformError:
    """The error for an answer that is no success. `sends` where the call carried content."""
    codes, told = _codes(answer), said(answer, secrets)
    kind = _kind(answer, codes, sends=sends, final=final)
    if kind is RateLimited:
        return _limited(answer, told)
    why = ", ".join(part for part in (" ".join(codes), _original(answer, kind), _trace(answer)) if part)
    error = error_of(kind, answer, who=WHO, secrets=secrets, why=why)
    if kind is ConfigError:
        error.message = _VERSION_SENTENCE
        error.args = (error.message,)
    if kind is MediaMissing:
        error.staged = {}
    return error


def until_midnight(now: datetime | None = None) -> float:
    """Seconds until the day of LinkedIn's limits is over, 00:00 UTC."""
    now = now or datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1.0, (midnight - now).total_seconds())


def _kind(answer: Answer, codes: list[str], *, sends: bool, final: bool) -> type[PlatformError]:
    if 400 <= answer.status < 500:
        known = _BY_CODE_SENT if sends else _BY_CODE
        for code in codes:
            if code in known:
                return known[code]
    table = _SENT if sends else _ASKED
    return table.get(answer.status, UnknownOutcome if final else Transient)


def _limited(answer: Answer, told: str) -> PlatformError:
    """A limit of the day: the app's own, which stops every account of the hub, or the member's."""
    detail = f"{answer.where}: status {answer.status}, {told!r}"
    wait = until_midnight()
    if "APPLICATION" in told.upper():
        return QuotaExhausted(_QUOTA_SENTENCE, detail=detail, retry_after=wait)
    return RateLimited(
        "LinkedIn takes no more from this account today. The post waits and goes out by itself.",
        detail=detail,
        retry_after=wait,
    )


def _codes(answer: Answer) -> list[str]:
    """The names of what is wrong, those of single fields first."""
    data = answer.object()
    details = data.get("errorDetails")
    listed = details.get("inputErrors") if isinstance(details, dict) else []
    entries: list[Mapping[str, Any]] = [
        item for item in (listed if isinstance(listed, list) else []) if isinstance(item, dict)
    ]
    codes = [text_of(entry, "code", 100) for entry in (*entries, data)]
    return [code for code in codes if code and code.isascii() and code.replace("_", "").isalnum()]


def _original(answer: Answer, kind: type[PlatformError]) -> str:
    """The post that a refused one repeats, as LinkedIn names it."""
    found = _POST_URN.search(answer.body.decode(errors="replace")) if kind is Duplicate else None
    return f"duplicate of {found.group()}" if found else ""


def _trace(answer: Answer) -> str:
    """LinkedIn's own number of the call, by which its support finds it."""
    number = answer.headers.get("x-li-uuid", "") or answer.headers.get("x-li-request-id", "")
    return f"x-li-uuid {number[:100]}" if number.isascii() and number.isprintable() and number else ""
