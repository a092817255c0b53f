"""What Meta's platforms say when they refuse: the error envelope of the Graph API, as the errors of `base`.

Sources: Graph API "Handle errors" (codes, subcodes, `is_transient`, `fbtrace_id`) and "Rate limits" (headers
X-App-Usage and X-Business-Use-Case-Usage); Instagram Platform "Error codes"; Threads API "Troubleshooting".
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .answers import SAID_MAX, error_of, text_of
from .base import (
    AuthExpired,
    ConfigError,
    Duplicate,
    InvalidContent,
    MediaFetchFailed,
    MediaMissing,
    MediaProcessing,
    NotFound,
    Outcome,
    PermissionMissing,
    PlatformError,
    QuotaExhausted,
    RateLimited,
    Transient,
    UnknownOutcome,
)
from .http import Answer
from .waits import CAP_SECONDS, wait_of

Kind = type[PlatformError]

LIMIT_SECONDS = 300.0  # a limit that names no time: calls made while it lasts make it longer
LONG_LIMIT_SECONDS = 3600.0  # blocks for spam, and allowances that are counted over a day
FULL_USE_SECONDS = 900.0  # the app's own allowance is used up; it counts over a rolling hour
FETCH_AGAIN_SECONDS = 30.0
HEADER_MAX = 20_000

CODES: Mapping[int, Kind] = {
    -2: Transient,
    -1: Transient,
    1: Transient,
    2: Transient,
    3: PermissionMissing,
    4: RateLimited,
    9: QuotaExhausted,
    10: PermissionMissing,
    12: ConfigError,  # this version of the API no longer has what was asked for
    17: RateLimited,
    24: MediaMissing,
    25: PermissionMissing,
    32: RateLimited,
    100: InvalidContent,
    101: ConfigError,  # the app's id or secret
    102: AuthExpired,
    190: AuthExpired,
    191: ConfigError,  # the address to come back to is not registered
    341: RateLimited,
    352: InvalidContent,
    368: RateLimited,
    506: Duplicate,
    613: RateLimited,
    2635: ConfigError,  # a version that is no longer served
    9004: MediaFetchFailed,
    9007: MediaProcessing,
    36000: InvalidContent,
    36001: InvalidContent,
    36003: InvalidContent,
    36004: InvalidContent,
    **dict.fromkeys(range(200, 300), PermissionMissing),
    **dict.fromkeys(range(80000, 80015), RateLimited),  # one per business use case
}
# Numbers this large mean the same as a code and as a subcode; they say more than the code does.
NUMBERS: Mapping[int, Kind] = {
    1346003: InvalidContent,
    1366046: InvalidContent,
    1366051: Duplicate,
    1390008: RateLimited,
    1404078: PermissionMissing,
    1404102: InvalidContent,
    1404112: PermissionMissing,
    1609005: InvalidContent,
    1609008: InvalidContent,
    2061006: InvalidContent,
    2069019: InvalidContent,
    2207001: Transient,
    2207003: MediaFetchFailed,
    2207004: InvalidContent,
    2207005: InvalidContent,
    2207006: MediaMissing,
    2207008: MediaProcessing,
    2207009: InvalidContent,
    2207010: InvalidContent,
    2207020: MediaMissing,
    2207023: InvalidContent,
    2207026: InvalidContent,
    2207027: MediaProcessing,
    2207028: InvalidContent,
    2207032: Transient,
    2207040: InvalidContent,
    2207042: QuotaExhausted,
    2207050: PermissionMissing,
    2207051: RateLimited,
    2207052: MediaFetchFailed,
    2207053: Transient,
    4279013: InvalidContent,
}
_GONE = (100, 33)
_LONG = frozenset((368, 1390008, 2207051, 2207042, 9))
_UNCLEAR = frozenset((1, 2))  # "an unknown error" and "temporarily down": whatever else is said with them
# What a code that means "for good" does not mean when the answer says of itself that it will pass.
_FOR_GOOD = (InvalidContent, NotFound, PermissionMissing)
# A refusal without an envelope, from something in front of the API.
_STATUS: Mapping[int, Kind] = {
    401: AuthExpired,
    403: PermissionMissing,
    422: InvalidContent,
    429: RateLimited,
}

_DEFAULTS: Mapping[Kind, str] = {
    MediaFetchFailed: "{who} could not load an image or video of this post from the hub. The hub will try "
    "again.",
    QuotaExhausted: "{who} takes no more posts of this account for today. The post waits and goes out by "
    "itself.",
    MediaProcessing: "{who} is still preparing this post. The hub looks again soon.",
    MediaMissing: "{who} no longer has what the hub prepared for this post. The hub prepares it again.",
}
_SENTENCES: Mapping[int, str] = {
    458: "The hub was removed from the apps of this account at {who}. Connect the account again.",
    459: "{who} wants the person who connected this account to confirm who they are. They log in there "
    "first; then connect the account again.",
    460: "The password at {who} was changed, which ended the hub's access. Connect the account again.",
    463: "The hub's access to this account at {who} has run out. Connect the account again.",
    464: "{who} wants the person who connected this account to confirm who they are. They log in there "
    "first; then connect the account again.",
    492: "The person who connected this Page no longer has a role on it. Somebody who has one connects it "
    "again.",
    368: "{who} holds this account back for a while because of what or how often it posted. The post waits "
    "and goes out by itself; fewer posts at a time help.",
    1390008: "{who} finds that this account posts too fast. The post waits and goes out by itself.",
    2207051: "{who} holds this account back for a while as it took its posts for spam. The post waits and "
    "goes out by itself; fewer posts at a time help.",
    1404078: "{who} wants this Page authorised for publishing. Do that in the Page's settings, then connect "
    "it again.",
    1404112: "{who} has restricted this account. Open it there and look for the reason, then connect it "
    "again.",
    4854002: "{who} wants the person who connected this account to confirm who they are. They do that "
    "there; then connect the account again.",
    2207050: "{who} has restricted this account. Open it there and look for the reason, then connect it "
    "again.",
    1366046: "{who} takes JPEG and PNG images of at most 4 MB. Use another image and send it again.",
    2207004: "{who} takes images of at most 8 MB. Use a smaller one and send it again.",
    2207005: "{who} does not take images of this kind. Use a JPEG image and send it again.",
    2207009: "{who} takes images from 4:5 (upright) to 1.91:1 (wide). Crop the image and send it again.",
    2207010: "The text is too long for {who}. Shorten it and send it again.",
    2207026: "{who} does not take this video. Use an MP4 file (H.264 and AAC) and send it again.",
    2207028: "{who} takes 2 to 10 images in one post. Change the images and send it again.",
    2207040: "{who} takes at most 20 mentions in one post. Take some out and send it again.",
    1609005: "{who} does not take this link. Check it, or leave it out, and send it again.",
    1609008: "{who} does not take this link. Check it, or leave it out, and send it again.",
    2061006: "{who} does not take this link. Check it, or leave it out, and send it again.",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What an answer says of an error. Numbers are 0 where it says none."""

    code: int = 0
    subcode: int = 0
    words: str = ""  # for people where it has such
    message: str = ""
    kind: str = ""
    trace: str = ""
    passing: bool = False

    @classmethod
    def of(cls, answer: Answer) -> Told:
        data = answer.object()
        error = data.get("error")
        if not isinstance(error, dict):
            return cls._of_sign_in(data)
        message = _message(error.get("message"))
        return cls(
            code=_number(error.get("code")),
            subcode=_number(error.get("error_subcode")),
            words=_message(error.get("error_user_msg")) or message,
            message=message,
            kind=text_of(error, "type", 100),
            trace=text_of(error, "fbtrace_id", 100),
            passing=error.get("is_transient") is True,
        )

    @classmethod
    def _of_sign_in(cls, data: Mapping[str, Any]) -> Told:
        """The token addresses of Instagram and Threads: `{error_type, code, error_message}`."""
        names = ("error_message", "error_description", "message", "error")
        message = next((words for name in names if (words := _message(data.get(name)))), "")
        return cls(words=message, message=message, kind=text_of(data, "error_type", 100))

    @property
    def numbers(self) -> tuple[int, int]:
        return self.subcode, self.code

    def why(self) -> str:
        parts = [f"code {self.code}" if self.code else "", f"subcode {self.subcode}" if self.subcode else ""]
        parts.append(f"trace {self.trace}" if self.trace else "")
        return ", ".join(part for part in parts if part)


def graph_error(
    answer: Answer, *, who: str, final: bool = False, secrets: Iterable[str] = ()
) -> PlatformError:
    """The error that `answer` means. On the final call whatever is not a clear refusal is in doubt."""
    told = Told.of(answer)
    kind = kind_of(told, answer.status, final=final)
    return error_as(kind, answer, told, who=who, secrets=secrets)


def error_as(
    kind: Kind, answer: Answer, told: Told, *, who: str, secrets: Iterable[str] = (), sentence: str = ""
) -> PlatformError:
    """An error of `kind` with what `answer` says; `sentence` instead of the usual words for people."""
    plain = dataclasses.replace(answer, body=json.dumps({"message": told.words}).encode())
    sentence = sentence or sentence_of(kind, told.numbers).format(who=who)
    shared = Transient if sentence else kind
    error = error_of(shared, plain, who=who, secrets=secrets, why=told.why())
    wait = wait_for(kind, told, answer.headers)
    if sentence:
        return kind(sentence, detail=error.detail, retry_after=wait)
    error.retry_after = wait
    return error


def kind_of(told: Told, status: int, *, final: bool) -> Kind:
    """The class of an error."""
    unclear = UnknownOutcome if final else Transient
    if final and (not 400 <= status < 500 or told.code in _UNCLEAR):
        return unclear
    kind = _known(told)
    if kind is None and not told.code:
        kind = _STATUS.get(status)
    if kind is None or kind is Transient or (told.passing and kind in _FOR_GOOD):
        return unclear
    return kind


def kind_of_number(number: int) -> Kind | None:
    """What a subcode alone means, as the status of a container names it."""
    return NUMBERS.get(number)


def sentence_of(kind: Kind, numbers: Iterable[int]) -> str:
    """The words for people, with `{who}` in them; empty where the shared ones do."""
    if kind in (UnknownOutcome, Transient):
        return ""
    found = (_SENTENCES[number] for number in numbers if number in _SENTENCES)
    return next(found, _DEFAULTS.get(kind, ""))


def _known(told: Told) -> Kind | None:
    if (told.code, told.subcode) == _GONE:
        return NotFound
    if told.code == 368 and told.subcode == 4854002:
        return PermissionMissing
    if "THREADS_API__" in told.message or "THREADS_API__" in told.kind:
        return InvalidContent
    words = told.message.lower()
    if "client secret" in words or "client_secret" in words or "appsecret_proof" in words:
        return ConfigError
    for number in told.numbers:
        if number in NUMBERS:
            return NUMBERS[number]
    return CODES.get(told.code)


def wait_for(kind: Kind, told: Told, headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, as the headers ask and at least as long as such a refusal lasts."""
    hint = wait_of(headers)
    if kind is MediaFetchFailed:
        return max(hint or 0.0, FETCH_AGAIN_SECONDS)
    if kind.outcome is not Outcome.LIMITED or not told.code:
        return hint
    regain = regain_seconds(headers)
    floor = LONG_LIMIT_SECONDS if _LONG.intersection(told.numbers) else LIMIT_SECONDS
    if regain is not None:
        floor = 1.0 if floor == LIMIT_SECONDS else floor
    elif _used_up(headers):
        floor = max(floor, FULL_USE_SECONDS)
    return min(CAP_SECONDS, max(hint or 0.0, regain or 0.0, floor))


def regain_seconds(headers: Mapping[str, str]) -> float | None:
    """The longest `estimated_time_to_regain_access` (minutes) that the usage headers name, in seconds."""
    minutes = [
        entry["estimated_time_to_regain_access"]
        for entry in _usages(headers)
        if _is_positive(entry.get("estimated_time_to_regain_access"))
    ]
    return max(minutes) * 60.0 if minutes else None


def _used_up(headers: Mapping[str, str]) -> bool:
    names = ("call_count", "total_time", "total_cputime")
    return any(
        _is_positive(entry.get(name)) and entry[name] >= 100 for entry in _usages(headers) for name in names
    )


def _usages(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The entries of the usage headers: X-App-Usage is one, the other has lists of them by account."""
    for name in ("X-App-Usage", "X-Business-Use-Case-Usage"):
        text = headers.get(name, "")
        try:
            data = json.loads(text) if 0 < len(text) <= HEADER_MAX else {}
        except (ValueError, RecursionError):
            continue
        if not isinstance(data, dict):
            continue
        yield data
        for entries in data.values():
            if isinstance(entries, list):
                yield from (entry for entry in entries if isinstance(entry, dict))


def _is_positive(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 < value < 1e6


def _number(value: object) -> int:
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) <= 12:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 40 else 0


def _message(value: object) -> str:
    """`value` without the number that the Graph API puts before it: `(#100) Invalid parameter`."""
    text = value if isinstance(value, str) else ""
    if text.startswith("(#"):
        text = text.partition(")")[2].strip() or text
    return text[: 4 * SAID_MAX]
