"""How the network misbehaves when told to: rules that match requests, and what each effect does.

A rule without `path` and `method` covers every API call; effects that come after something was accepted then
cover publishing only. `times` counts applications; a rule that is used up goes away.
"""

import math
from dataclasses import dataclass, field

from .errors import invalid

BEFORE = ("refuse", "rate_limit", "delay", "drop_before", "expire_token", "hang")
AFTER = ("accept_then_drop", "error_after_accept")
TYPES = BEFORE + AFTER
# these two may also be asked to act once the request has taken effect: {"when": "after"}
EITHER = ("delay", "hang")
RULES_MAX = 200
SECONDS_MAX = 3600
PUBLISH = ("POST", "/api/posts")


@dataclass(slots=True)
class Rule:
    id: str
    match: dict = field(default_factory=dict)
    effect: dict = field(default_factory=dict)
    times: int | None = None
    left: int | None = None

    @classmethod
    def from_dict(cls, data: dict) -> "Rule":
        return cls(data["id"], data["match"], data["effect"], data["times"], data["left"])

    def as_dict(self) -> dict:
        return {
            "id": self.id,
            "match": self.match,
            "effect": self.effect,
            "times": self.times,
            "left": self.left,
        }

    @property
    def type(self) -> str:
        return self.effect["type"]

    @property
    def acts_after(self) -> bool:
        return self.type in AFTER or self.effect.get("when") == "after"

    def covers(self, handle: str | None, method: str, path: str) -> bool:
        wanted = self.match
        if wanted.get("account") and wanted["account"] != handle:
            return False
        if self.acts_after and not wanted.get("path") and not wanted.get("method"):
            return (method, path) == PUBLISH
        return path.startswith(wanted.get("path") or "/") and wanted.get("method") in (None, method)


def parse_rules(state, data, first_number: int) -> list[Rule]:
    """Rules from what PUT /admin/faults received. Raises Refusal."""
    if not isinstance(data, dict) or not isinstance(data.get("rules"), list):
        raise invalid("bad_rules", "Send {“rules”: [...]}.", "rules")
    if len(data["rules"]) > RULES_MAX:
        raise invalid("too_many_rules", f"At most {RULES_MAX} rules.", "rules")
    return [parse_rule(state, rule, f"f{first_number}-{n}") for n, rule in enumerate(data["rules"], start=1)]


def parse_rule(state, data, rule_id: str) -> Rule:
    if not isinstance(data, dict):
        raise invalid("bad_rule", "A rule is an object with match, effect and times.", "rules")
    match, effect, times = data.get("match") or {}, data.get("effect"), data.get("times")
    if not isinstance(match, dict) or not isinstance(effect, dict):
        raise invalid("bad_rule", "A rule needs an effect; match and effect are objects.", "rules")
    if times is not None and (type(times) is not int or not 1 <= times <= 1_000_000):
        raise invalid("bad_times", "“times” is a whole number from 1, or null for always.", "times")
    return Rule(rule_id, _parse_match(state, match), _parse_effect(effect), times, times)


def _parse_match(state, match: dict) -> dict:
    if unknown := set(match) - {"account", "path", "method"}:
        raise invalid(
            "bad_match", f"Unknown in match: {', '.join(sorted(map(str, unknown)))[:100]}.", "match"
        )
    parsed = {}
    if match.get("account") is not None:
        account = state.account(match["account"])
        if account is None:
            raise invalid("unknown_account", "No account has this handle.", "account")
        parsed["account"] = account.handle
    if match.get("path") is not None:
        path = match["path"]
        if not isinstance(path, str) or not path.startswith("/") or len(path) > 200 or not path.isascii():
            raise invalid("bad_path", "“path” is a prefix that begins with a slash.", "path")
        parsed["path"] = path
    if match.get("method") is not None:
        method = match["method"]
        if not isinstance(method, str) or not method.isalpha() or len(method) > 10:
            raise invalid("bad_method", "“method” is an HTTP method.", "method")
        parsed["method"] = method.upper()
    return parsed


def _parse_effect(effect: dict) -> dict:
    kind = effect.get("type")
    if kind not in TYPES:
        raise invalid("bad_effect", f"“type” is one of {', '.join(TYPES)}.", "type")
    if unknown := set(effect) - {"type", "status", "message", "retry_after", "seconds", "when"}:
        raise invalid(
            "bad_effect", f"Unknown in effect: {', '.join(sorted(map(str, unknown)))[:100]}.", "effect"
        )
    parsed = {"type": kind}
    if effect.get("status") is not None:
        status = effect["status"]
        if type(status) is not int or not 400 <= status <= 599:
            raise invalid("bad_status", "“status” is a number from 400 to 599.", "status")
        parsed["status"] = status
    if effect.get("message") is not None:
        message = effect["message"]
        if not isinstance(message, str) or len(message) > 500 or not message.isprintable():
            raise invalid("bad_message", "“message” is one line of up to 500 characters.", "message")
        parsed["message"] = message
    if "retry_after" in effect:
        parsed["retry_after"] = _parse_retry_after(effect["retry_after"])
    if effect.get("seconds") is not None:
        seconds = effect["seconds"]
        if type(seconds) not in (int, float) or not math.isfinite(seconds) or not 0 <= seconds <= SECONDS_MAX:
            raise invalid("bad_seconds", f"“seconds” is a number from 0 to {SECONDS_MAX}.", "seconds")
        parsed["seconds"] = seconds
    if effect.get("when") is not None:
        if effect["when"] not in ("before", "after") or kind not in EITHER:
            raise invalid("bad_when", "“when” is before or after, for delay and hang.", "when")
        parsed["when"] = effect["when"]
    return parsed


def _parse_retry_after(value):
    """Seconds, any header text (real servers send dates and nonsense), or None for no header at all."""
    if value is None:
        return None
    if (
        type(value) not in (int, str)
        or len(text := str(value)) > 64
        or not text.isprintable()
        or not text.isascii()
    ):
        raise invalid("bad_retry_after", "“retry_after” is seconds, a short text, or null.", "retry_after")
    return value
