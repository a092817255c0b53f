"""From a server's refusal to one of the errors of `base`, by a table of status codes per adapter.

A status that no table names is `UnknownOutcome` on the final call and `Transient` elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .base import (
    AuthExpired,
    ConfigError,
    Duplicate,
    InvalidContent,
    MediaFetchFailed,
    MediaMissing,
    MediaProcessing,
    NotFound,
    PermissionMissing,
    PlatformError,
    QuotaExhausted,
    RateLimited,
    Transient,
    UnknownOutcome,
    UnsupportedServer,
)
from .http import Answer
from .waits import wait_of

Table = Mapping[int, type[PlatformError]]

SAID_MAX = 200
_TEXT_FIELDS = ("error_description", "message", "error")

_SENTENCES: dict[type[PlatformError], str] = {
    AuthExpired: "{who} no longer accepts the hub's access to this account. Connect the account again.",
    PermissionMissing: "{who} does not let this account do that{said}. Check the account there, then connect "
    "it again.",
    RateLimited: "{who} asks the hub to slow down. The post waits and goes out by itself.",
    QuotaExhausted: "{who} takes no more posts for now: an allowance is used up{said}. The post waits.",
    MediaFetchFailed: "{who} could not fetch an image or video of this post. The hub will try again.",
    InvalidContent: "{who} did not accept this{said}. Change the post and send it again.",
    MediaProcessing: "{who} is still preparing an image of this post. The hub looks again soon.",
    Duplicate: "{who} says that this post was sent before. Look at the account before sending it again.",
    MediaMissing: "{who} no longer has an image of this post. The hub uploads it again.",
    NotFound: "{who} does not know what the hub asked for{said}. It may have been removed there.",
    ConfigError: "{who} no longer knows this hub. Ask the hub's administrator to register it again.",
    UnsupportedServer: "{who} does not offer what the hub needs. Check the server's name.",
    Transient: "{who} has trouble at the moment. The hub will try again.",
    UnknownOutcome: "{who} gave no clear answer. The post may be out or not; look at the account before "
    "sending again.",
}


def said(answer: Answer, secrets: Iterable[str] = ()) -> str:
    """What the server says is wrong: one short printable line without `secrets`; empty if it says nothing."""
    data = answer.object()
    texts = [data[name] for name in _TEXT_FIELDS if isinstance(data.get(name), str)]
    line = " ".join(texts[0].split()) if texts else ""
    line = "".join(char for char in line if char.isprintable())
    for secret in secrets:
        if secret:
            line = line.replace(secret, "[removed]")
    return line if len(line) <= SAID_MAX else line[: SAID_MAX - 1] + "…"


def error_of(
    kind: type[PlatformError], answer: Answer, *, who: str, secrets: Iterable[str] = (), why: str = ""
) -> PlatformError:
    """An error of `kind` in the words of `answer`; `why` is added to the detail."""
    text = said(answer, secrets)
    detail = f"{answer.where}: status {answer.status}"
    detail += f", {text!r}" if text else ""
    detail += f", {why}" if why else ""
    quoted = f": “{text.rstrip('.')}”" if text else ""
    return kind(
        _SENTENCES[kind].format(who=who, said=quoted), detail=detail, retry_after=wait_of(answer.headers)
    )


def refusal(
    answer: Answer, table: Table, *, who: str, final: bool = False, secrets: Iterable[str] = ()
) -> PlatformError:
    """The error that `table` gives for the answer's status."""
    kind = table.get(answer.status, UnknownOutcome if final else Transient)
    return error_of(kind, answer, who=who, secrets=secrets)


def unusable(
    answer: Answer, *, who: str, missing: str, final: bool = False, kind: type[PlatformError] = Transient
) -> PlatformError:
    """The error for a success that does not carry what it must: `UnknownOutcome` on the final call."""
    return error_of(UnknownOutcome if final else kind, answer, who=who, why=f"no {missing} in the answer")


def text_of(data: Mapping[str, object], name: str, limit: int = 2000) -> str:
    """`data[name]` as a text of reasonable length, numbers as digits; empty for anything else."""
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if value.bit_length() <= 128 else ""
    return value if isinstance(value, str) and len(value) <= limit and value.isprintable() else ""


def token_of(data: Mapping[str, object], name: str) -> str:
    """`data[name]` if it can stand in a header (RFC 6750 allows less than all of ASCII), else empty."""
    text = text_of(data, name)
    return text if text.isascii() and " " not in text else ""


def whole(data: Mapping[str, object], name: str, default: int, *, low: int = 0, high: int = 1 << 40) -> int:
    """`data[name]` if it is a whole number from `low` to `high`, else `default`."""
    value = data.get(name)
    good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return value if good else default


def texts(data: Mapping[str, object], name: str) -> tuple[str, ...]:
    """`data[name]` if it is a list of texts, else empty."""
    value = data.get(name)
    good = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    return tuple(value) if good else ()
