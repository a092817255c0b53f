"""What X's refusals mean.

Sources: docs.x.com (Response codes and errors; Rate limits; Posts, manage posts; Media upload). X answers
with a problem (`title`, `detail`, `type`, `status`), on older paths with `{"errors": [{"code", "message"}]}`,
and on its OAuth paths as RFC 6749 says. One status stands for several things, so the words decide as well. X
does not document how it says that paid credits are used up: 402 and every mention of them is taken for it.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterable, Iterator, Mapping
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
from .waits import CAP_SECONDS, reset_at, wait_of

WHO = "X"
WAIT_SECONDS = 60.0  # after a refusal by a limit that names no time

_LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
_ASKED: Table = {
    401: AuthExpired,
    402: QuotaExhausted,
    403: PermissionMissing,
    429: RateLimited,
}
_SENT: Table = {
    **_ASKED,
    400: InvalidContent,
    404: NotFound,
    413: InvalidContent,
    415: InvalidContent,
}

# Words of a 403 that are about the post, not about the account.
_OF_THE_POST = (
    "invalid url",
    "cashtag",
    "too many media",
    "invalid-request",
    "invalid request",
    "too long",
    "deleted or not visible",  # the post that is replied to
)
_QUOTA = ("usage-capped", "usagecap", "usage cap", "credits", "spending limit", "spend cap", "payment")
_QUOTA_SENTENCE = (
    "The hub's paid allowance at X is used up. Ask the hub's administrator to raise it there; the post waits."
)


def refused(
    answer: Answer, *, sends: bool, final: bool = False, media: bool = False, secrets: Iterable[str] = ()
) -> PlatformError:
    """The error for an answer that is no success.

    `sends` where the call carried content, which X may find wrong; `media` where it named uploaded media.
    """
    words = _words(answer)
    kind = _kind(answer, words.lower(), sends=sends, final=final, media=media)
    spoken = dataclasses.replace(answer, body=json.dumps({"message": _spoken(answer)}).encode())
    if kind is QuotaExhausted:
        line = said(spoken, secrets)
        detail = f"{answer.where}: status {answer.status}, {line!r}"
        return QuotaExhausted(_QUOTA_SENTENCE, detail=detail, retry_after=_wait(answer) or CAP_SECONDS)
    error = error_of(kind, spoken, who=WHO, secrets=secrets, why=_trace(answer))
    error.retry_after = _wait(answer) or (WAIT_SECONDS if kind is RateLimited else None)
    if kind is MediaMissing:
        error.staged = {}
    return error


def _kind(answer: Answer, words: str, *, sends: bool, final: bool, media: bool) -> type[PlatformError]:
    status = answer.status
    if status in (402, 403, 429) and any(word in words for word in _QUOTA):
        return QuotaExhausted
    if status == 403:
        return _forbidden(words, sends=sends)
    if status == 400 and sends and media and ("media_ids" in words or "media id" in words):
        return MediaMissing
    table = _SENT if sends else _ASKED
    return table.get(status, UnknownOutcome if final else Transient)


def _forbidden(words: str, *, sends: bool) -> type[PlatformError]:
    if sends and ("duplicate content" in words or "status is a duplicate" in words):
        return Duplicate
    if "unsupported authentication" in words or "unsupported-authentication" in words:
        return AuthExpired
    if "client-forbidden" in words or "client-not-enrolled" in words:
        return ConfigError
    if sends and any(word in words for word in _OF_THE_POST):
        return InvalidContent
    return PermissionMissing


def _problems(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """The answer's own problem and those it lists."""
    data = answer.object()
    yield data
    listed = data.get("errors")
    yield from (item for item in listed if isinstance(item, dict)) if isinstance(listed, list) else ()


def _words(answer: Answer) -> str:
    """Everything the answer says, to look for words in."""
    names = ("title", "detail", "type", "reason", "message", "error")
    found = [text_of(problem, name) for problem in _problems(answer) for name in names]
    asked = [problem.get("parameters") for problem in _problems(answer)]
    found += [" ".join(map(str, names)) for names in asked if isinstance(names, dict)]
    return " ".join(text for text in found if text)


def _spoken(answer: Answer) -> str:
    """The answer's own sentence: the most special one, as X's outermost one is often "One or more errors"."""
    for problem in reversed(list(_problems(answer))):
        for name in ("error_description", "message", "detail", "title", "error"):
            if text := text_of(problem, name):
                return text
    return ""


def _trace(answer: Answer) -> str:
    """X's own number of the call, by which its support finds it."""
    number = answer.headers.get("x-transaction-id", "")[:100]
    return f"x-transaction-id {number}" if number.isalnum() else ""


def _wait(answer: Answer) -> float | None:
    """Seconds until X takes calls again: the latest reset among the limits that are used up."""
    if answer.status != 429:
        return wait_of(answer.headers)
    now = time.time()
    waits = {name: reset_at(answer.headers.get(f"{name}-reset", ""), now=now) for name in _LIMITS}
    used_up = [name for name in _LIMITS if answer.headers.get(f"{name}-remaining", "").strip() == "0"]
    known = [wait for name in used_up or _LIMITS[:1] if (wait := waits[name]) is not None]
    if not known:
        return wait_of(answer.headers)
    return min(CAP_SECONDS, max(1.0, *known))
