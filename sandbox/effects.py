"""Every effect a rule can have: when it acts, what may be said about it, what the log calls the outcome."""

import math
from dataclasses import dataclass

from .errors import invalid

SECONDS_MAX = 3600
SKEW_MAX = 10 * 365 * 24 * 3600
BYTES_MAX = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Effect:
    """`acts` is "before" the request takes effect, "after" it did, or "either": as the rule's `when` says.

    `outcome` is the disposition of a publish request that took effect and was then answered this way; empty
    where the answer tells the truth.
    """

    acts: str
    options: tuple[str, ...] = ()
    outcome: str = ""
    publish_only: bool = False


EFFECTS = {
    "refuse": Effect("before", ("status", "message", "code", "subcode")),
    "rate_limit": Effect("before", ("status", "message", "retry_after")),
    "error_before": Effect("before", ("status", "message", "retry_after")),
    "delay": Effect("either", ("seconds", "when")),
    "hang": Effect("either", ("seconds", "when"), "hung_after_accept"),
    "drop_before": Effect("before"),
    "drop_then_commit": Effect("before", ("seconds",), publish_only=True),
    "expire_token": Effect("before", ("message",)),
    "expire_in_flight": Effect("either", ("seconds", "when"), "expired_after_accept"),
    "date_skew": Effect("before", ("seconds",)),
    "accept_then_drop": Effect("after", (), "dropped_after_accept"),
    "error_after_accept": Effect("after", ("status", "message", "retry_after"), "error_after_accept"),
    "slow_drip": Effect("after", ("seconds", "total"), "spoiled_after_accept"),
    "endless_headers": Effect("after", ("seconds", "total"), "spoiled_after_accept"),
    "truncated_json": Effect("after", (), "spoiled_after_accept"),
    "cut_body": Effect("after", (), "spoiled_after_accept"),
    "empty_200": Effect("after", (), "spoiled_after_accept"),
    "html_200": Effect("after", (), "spoiled_after_accept"),
    "wrong_id": Effect("after", (), "spoiled_after_accept"),
    "missing_id": Effect("after", (), "spoiled_after_accept"),
    "wrong_type": Effect("after", ("content_type",), "spoiled_after_accept"),
    "huge_body": Effect("after", ("bytes",), "spoiled_after_accept"),
    "redirect": Effect("either", ("status", "location", "when"), "spoiled_after_accept"),
}


def parse_effect(effect: dict) -> dict:
    """An effect as received, checked. Raises Refusal naming the option that is wrong."""
    kind = effect.get("type")
    if not isinstance(kind, str) or kind not in EFFECTS:
        raise invalid("bad_effect", f"“type” is one of {', '.join(EFFECTS)}.", "type")
    options = EFFECTS[kind].options
    if unknown := set(effect) - {"type", *options}:
        raise invalid(
            "bad_effect", f"Unknown for {kind}: {', '.join(sorted(map(str, unknown)))[:100]}.", "effect"
        )
    parsed = {"type": kind}
    for name in options:
        # no Retry-After at all is something to ask for; anything else left out has its usual value
        if effect.get(name) is not None or (name == "retry_after" and name in effect):
            parsed[name] = _PARSERS[name](effect[name], kind)
    if kind == "redirect" and "location" not in parsed:
        raise invalid("bad_location", "“location” says where a redirect leads.", "location")
    return parsed


def parse_number(value, name: str, low: float, high: float):
    """A finite number within the bounds. Raises Refusal."""
    if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
        raise invalid(f"bad_{name}", f"“{name}” is a number from {low:g} to {high:g}.", name)
    return value


def _parse_status(status, kind):
    low, high = (300, 399) if kind == "redirect" else (400, 599)
    if type(status) is not int or not low <= status <= high:
        raise invalid("bad_status", f"“status” is a number from {low} to {high}.", "status")
    return status


def _parse_line(value, name: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise invalid(f"bad_{name}", f"“{name}” is one line of up to {most} characters.", name)
    return value


def _parse_header(value, name: str, most: int) -> str:
    if not _parse_line(value, name, most).isascii():
        raise invalid(f"bad_{name}", f"“{name}” is plain ASCII.", name)
    return value


def _parse_seconds(seconds, kind):
    low, high = (-SKEW_MAX, SKEW_MAX) if kind == "date_skew" else (0, SECONDS_MAX)
    return parse_number(seconds, "seconds", low, high)


def _parse_bytes(size, kind):
    if type(size) is not int:
        raise invalid("bad_bytes", "“bytes” is a whole number.", "bytes")
    return parse_number(size, "bytes", 1, BYTES_MAX)


def _parse_code(code, name):
    """An error number of the platform's own; it says so in its own error body."""
    if type(code) is not int or not -10 <= code <= 10_000_000:
        raise invalid(f"bad_{name}", f"“{name}” is a whole number.", name)
    return code


def _parse_when(when, kind):
    if when not in ("before", "after"):
        raise invalid("bad_when", "“when” is before or after.", "when")
    return when


def _parse_retry_after(value, kind):
    """Seconds, any header text (real servers send dates and nonsense), or None for no header at all."""
    if value is None:
        return None
    if type(value) not in (int, str):
        raise invalid("bad_retry_after", "“retry_after” is seconds, a short text, or null.", "retry_after")
    _parse_header(str(value), "retry_after", 64)
    return value


_PARSERS = {
    "status": _parse_status,
    "message": lambda value, kind: _parse_line(value, "message", 500),
    "retry_after": _parse_retry_after,
    "seconds": _parse_seconds,
    "total": lambda value, kind: parse_number(value, "total", 0, SECONDS_MAX),
    "when": _parse_when,
    "code": lambda value, kind: _parse_code(value, "code"),
    "subcode": lambda value, kind: _parse_code(value, "subcode"),
    "content_type": lambda value, kind: _parse_header(value, "content_type", 100),
    "location": lambda value, kind: _parse_header(value, "location", 2048),
    "bytes": _parse_bytes,
}
