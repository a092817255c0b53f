"""Rules and traits in plain words, for the switches page."""

from .effects import EFFECTS
from .faults import PUBLISH, Rule
from .html import plural
from .traits import TRAITS

# groups of effects: type, what the button says, what then happens
BEHAVIOURS = (
    (
        "It says no",
        (
            ("refuse", "Refuse the post", "It answers “no” with a reason. Nothing is published."),
            (
                "rate_limit",
                "Ask to wait",
                "It says “too many requests” and for how long. Nothing is published.",
            ),
            (
                "error_before",
                "Be out of order",
                "A gateway answers “503 Service Unavailable”. Nothing is published.",
            ),
            ("redirect", "Send elsewhere", "It answers with another address. Nothing is published."),
        ),
    ),
    (
        "It is slow or silent",
        (
            ("delay", "Answer slowly", "It waits, then publishes as usual."),
            ("hang", "Never answer", "It takes the call and stays silent. Nothing is published."),
            (
                "slow_drip",
                "Answer in drips",
                "The post is published; the answer comes a byte every so many seconds.",
            ),
            (
                "endless_headers",
                "Never come to the point",
                "The post is published; the answer begins and goes on without end.",
            ),
        ),
    ),
    (
        "The answer is lost",
        (
            (
                "drop_before",
                "Hang up before taking the post",
                "The connection breaks. Nothing is published.",
            ),
            (
                "accept_then_drop",
                "Take the post, then hang up",
                "The post is published, but the sender never hears of it.",
            ),
            (
                "drop_then_commit",
                "Hang up, publish later",
                "The connection breaks at once; the post is published so many seconds later.",
            ),
            (
                "error_after_accept",
                "Take the post, then report an error",
                "The post is published, yet the answer is “500”.",
            ),
        ),
    ),
    (
        "The answer makes no sense",
        (
            ("truncated_json", "Send half an answer", "The post is published; half of the JSON is missing."),
            ("cut_body", "Break off the answer", "The post is published; the answer ends before its length."),
            ("empty_200", "Say nothing but “OK”", "The post is published; the answer is empty."),
            ("html_200", "Answer with a web page", "The post is published; the answer is HTML."),
            ("wrong_id", "Give a wrong id", "The post is published under another id than it says."),
            ("missing_id", "Give no id", "The post is published; its id is not told."),
            ("wrong_type", "Call it plain text", "The answer is right, its content type is not."),
            ("huge_body", "Answer far too much", "The post is published; the answer has 64 megabytes."),
        ),
    ),
    (
        "Access and clock",
        (
            (
                "expire_token",
                "End the connection",
                "The access token expires; the sender must renew it or connect again.",
            ),
            (
                "expire_in_flight",
                "End the connection meanwhile",
                "The access token expires while the post is on its way. Nothing is published.",
            ),
            ("date_skew", "Have the wrong time", "The answer is dated so many seconds ahead."),
        ),
    ),
)
NAMES = {kind: name for _, group in BEHAVIOURS for kind, name, _ in group}

# what each trait is called, and how its options read
TRAIT_NAMES = {
    "keys": "A post sent again with the same key",
    "keys_forgotten_after": "Forgets keys after (seconds)",
    "show_keys": "Its list of posts shows the keys",
    "duplicates_refused_for": "Refuses the same text again for (seconds)",
    "listing": "Its list of posts",
    "hidden_share": "Share of posts a partial list hides (0 to 1)",
    "invisible_for": "Its list shows new posts after (seconds)",
    "order": "Order of its list",
    "edits": "What it edits in the text",
    "media_processing_for": "Images are processed for (seconds)",
    "unready_media": "A post whose images are still processed",
    "clock_skew": "Its clock is ahead by (seconds)",
    "access_lasts": "Access ends after (seconds, 0 for as usual)",
    "refresh_grace": "A used renewal still works for (seconds)",
    "container_lasts": "A prepared post can be published for (seconds)",
    "daily_quota": "Posts allowed a day (0 for as usual)",
    "show_captions": "Its list shows captions (Instagram)",
    "page_tasks": "What a person may do with a Page (Facebook)",
    "tokens_older_by": "Access seems older by (seconds)",
    "latency_ms": "Publishing takes (milliseconds)",
}
OPTION_NAMES = {
    "honoured": "is published once",
    "ignored": "is published twice",
    "forgotten": "is published once, until the key is forgotten",
    "racing": "is published twice if both come at the same moment",
    "complete": "complete",
    "partial": "some posts are missing",
    "none": "none",
    "newest": "newest first",
    "shuffled": "shuffled",
    "whitespace": "white space",
    "links": "addresses become short ones",
    "both": "white space and addresses",
    "accepted": "is taken, its images appear later",
    "refused": "is refused",
    "all": "everything",
    "read_only": "look at it only",
}


def rule_in_words(rule: Rule, network) -> dict:
    """What one active rule does, for people."""
    account = network.state.account(rule.match.get("account"))
    effect = rule.effect
    more = []
    if rule.type == "rate_limit":
        more.append(f"says to wait {effect.get('retry_after', 30)} seconds")
    if "seconds" in effect:
        more.append(plural(effect["seconds"], "second"))
    if effect.get("when") == "after":
        more.append("after it has taken effect")
    if effect.get("message"):
        more.append(f"says “{effect['message']}”")
    if rule.every > 1:
        more.append(f"one call in {rule.every}")
    left = "until stopped" if rule.left is None else f"{plural(rule.left, 'time')} left"
    return {
        "id": rule.id,
        "name": NAMES[rule.type],
        "who": account.name if account else "All accounts",
        "details": " · ".join([_where(rule), *more, left]),
    }


def _where(rule: Rule) -> str:
    method, path = rule.match.get("method"), rule.match.get("path")
    publishing = EFFECTS[rule.type].publish_only or (rule.acts_after and not path and not method)
    if publishing or (method, path) == PUBLISH:
        return "publishing"
    return f"{method or ''} {path or ''}…".strip() if method or path else "everything"


def traits_in_words(state) -> list[dict]:
    """What was set to something else than usual: for all accounts, then for single ones."""
    told = [("All accounts", state.traits)]
    told += [(account.name, account.traits) for account in state.accounts.values() if account.traits]
    return [
        {"who": who, "name": TRAIT_NAMES[name], "value": _in_words(value)}
        for who, traits in told
        for name, value in traits.items()
        if who != "All accounts" or value != state.usual[name]
    ]


def trait_fields(state, account) -> list[dict]:
    """The form's fields for the traits of one account, or of all: label, value and choices."""
    own = account.traits if account else state.usual | state.traits
    return [
        {
            "name": name,
            "label": TRAIT_NAMES[name],
            "value": _typed(own.get(name)),
            "choices": _choices(name, state, account),
            "otherwise": _typed(state.shared_trait(account, name)) if account else "",
        }
        for name in TRAITS
    ]


def _choices(name, state, account) -> list[tuple[str, str]]:
    trait = TRAITS[name]
    options = (True, False) if isinstance(trait.usual, bool) else trait.options
    choices = [(_typed(option), _in_words(option)) for option in options]
    if choices and account:
        shared = _in_words(state.shared_trait(account, name))
        return [("", f"as for all accounts ({shared})"), *choices]
    return choices


def _in_words(value) -> str:
    return OPTION_NAMES[value] if value in OPTION_NAMES else _typed(value)


def _typed(value) -> str:
    """A trait's value as a form holds it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
