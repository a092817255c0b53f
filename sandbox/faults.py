"""How the network misbehaves when told to: rules that match requests, each with one effect.

A rule without `path` and `method` covers every call of the account API; effects that come after something was
accepted then cover publishing only. Trading tokens at /oauth/token is covered where `path` says so. A rule
that names one of the calls in `KINDS` covers the calls of the same kind at the platforms' stand-ins too.
`times` counts applications; a rule that is used up goes away. `every` leaves the others alone: 20 spoils each
20th.
"""

from dataclasses import dataclass, field

from .effects import EFFECTS, parse_effect
from .errors import invalid

RULES_MAX = 200
PUBLISH = ("POST", "/api/posts")
# what a call is for; stand-ins have calls of these kinds at other addresses
KINDS = {
    PUBLISH: "publish",
    ("GET", "/api/posts"): "read",
    ("POST", "/api/media"): "upload",
    ("POST", "/oauth/token"): "tokens",
    ("GET", "/api/limits"): "limits",
    ("GET", "/api/me"): "me",
}


@dataclass(slots=True)
class Rule:
    id: str
    match: dict = field(default_factory=dict)
    effect: dict = field(default_factory=dict)
    times: int | None = None
    left: int | None = None
    every: int = 1
    seen: int = 0

    @classmethod
    def from_dict(cls, data: dict) -> "Rule":
        every = data.get("every", 1)
        return cls(data["id"], data["match"], data["effect"], data["times"], data["left"], every)

    def as_dict(self) -> dict:
        return {
            "id": self.id,
            "match": self.match,
            "effect": self.effect,
            "times": self.times,
            "left": self.left,
            "every": self.every,
        }

    @property
    def type(self) -> str:
        return self.effect["type"]

    @property
    def acts_after(self) -> bool:
        return EFFECTS[self.type].acts == "after" or self.effect.get("when") == "after"

    @property
    def outcome(self) -> str:
        """The disposition of a publish request answered by this rule although it had taken effect."""
        return EFFECTS[self.type].outcome

    def covers(self, handle: str | None, method: str, path: str, kind: str) -> bool:
        """Whether it is for this call of an account; `kind` is one of KINDS' or empty."""
        wanted = self.match
        if wanted.get("account") and wanted["account"] != handle:
            return False
        if EFFECTS[self.type].publish_only and kind != "publish":
            return False
        if not wanted.get("path"):
            if kind == "tokens":
                return False
            if self.acts_after and not wanted.get("method"):
                return kind == "publish"
        elif kind and KINDS.get((wanted.get("method"), wanted["path"])) == kind:
            return True
        return path.startswith(wanted.get("path") or "/") and wanted.get("method") in (None, method)

    def is_due(self) -> bool:
        """Whether it acts on the request it covers now, which is counted by this."""
        self.seen += 1
        return self.seen % self.every == 0


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
    every = 1 if data.get("every") is None else data["every"]
    if type(every) is not int or not 1 <= every <= 1_000_000:
        raise invalid("bad_every", "“every” is a whole number from 1.", "every")
    return Rule(rule_id, _parse_match(state, match), parse_effect(effect), times, times, every)


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
