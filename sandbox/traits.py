"""What an account's platform is like: traits that last, set for all accounts or for one.

Rules (`faults`) spoil single calls; traits say how posts are kept and shown. Durations are in seconds.
"""

from dataclasses import dataclass
from typing import Any

from .effects import parse_number
from .errors import invalid

DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait: its usual value, and the words it may be (`options`) or its range (`low` to `high`)."""

    usual: Any
    options: tuple[str, ...] = ()
    low: float = 0
    high: float = 365 * DAY

    def check(self, name: str, value):
        """The value itself, if the trait can have it. Raises Refusal."""
        if self.options:
            if value not in self.options:
                raise invalid("bad_trait", f"“{name}” is one of {', '.join(self.options)}.", name)
            return value
        if isinstance(self.usual, bool):
            if not isinstance(value, bool):
                raise invalid("bad_trait", f"“{name}” is true or false.", name)
            return value
        return parse_number(value, name, self.low, self.high)


TRAITS = {
    # what a repeated Idempotency-Key means. racing: looked up on arrival, so that two at once both publish
    "keys": Trait("honoured", ("honoured", "ignored", "forgotten", "racing")),
    "keys_forgotten_after": Trait(3600),
    "show_keys": Trait(True),
    # the same text again within this time is refused as a duplicate; 0 takes it
    "duplicates_refused_for": Trait(0),
    "listing": Trait("complete", ("complete", "partial", "none")),
    # how many posts a partial listing hides; which ones depends on their ids alone
    "hidden_share": Trait(0.5, high=1),
    "invisible_for": Trait(0),
    "order": Trait("newest", ("newest", "shuffled")),
    "edits": Trait("none", ("none", "whitespace", "links", "both")),
    "media_processing_for": Trait(0),
    # a post whose images are still processed: if accepted, it is listed without them meanwhile
    "unready_media": Trait("accepted", ("accepted", "refused")),
    # how far the platform's own clock is off, in `created_at`, `since` and the Date header
    "clock_skew": Trait(0, low=-DAY, high=DAY),
    # 0: thirty days for a token that an app was given, for ever for the operator's
    "access_lasts": Trait(0),
    # how long a spent refresh token still leads to the pair it was traded for
    "refresh_grace": Trait(0),
    # of stand-ins only: how long a container may wait to be published, how many posts a day an account may
    # publish (0: as the platform's documentation has it), and by how much its tokens seem older than they are
    "container_lasts": Trait(DAY),
    "daily_quota": Trait(0, high=10_000),
    "tokens_older_by": Trait(0),
    # whether Instagram's list shows captions; what a person may do with a Page
    "show_captions": Trait(True),
    "page_tasks": Trait("all", ("all", "read_only")),
    # what publishing takes at least, in milliseconds
    "latency_ms": Trait(0, high=60_000),
}


def parse_traits(given) -> dict:
    """Traits by name as received; None stands for "as usual". Raises Refusal."""
    if not isinstance(given, dict):
        raise invalid("bad_traits", "“traits” is an object.", "traits")
    if unknown := set(given) - set(TRAITS):
        told = ", ".join(sorted(map(str, unknown)))[:100]
        raise invalid("bad_traits", f"Unknown: {told}. The traits are: {', '.join(TRAITS)}.", "traits")
    return {name: None if value is None else TRAITS[name].check(name, value) for name, value in given.items()}


def set_traits(network, account, traits: dict, *, by: str) -> None:
    """Let parsed traits hold for the account, or for all where it is None."""
    network.record(
        "traits",
        account=account.handle if account else None,
        account_id=account.id if account else None,
        traits=traits,
        by=by,
    )
