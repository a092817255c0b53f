"""The page on which a person makes the network misbehave, in plain words. For this machine only."""

import ipaddress

from aiohttp import web

from .csrf import read_form
from .errors import Refusal, invalid
from .faults import PUBLISH, RULES_MAX, Rule, parse_rule
from .html import plural, render
from .keys import NETWORK
from .pages import listed

# type, what the button says, what then happens
BEHAVIOURS = (
    ("refuse", "Refuse the post", "It answers “no” with a reason. Nothing is published."),
    ("rate_limit", "Ask to wait", "It says “too many requests” and for how long. Nothing is published."),
    ("delay", "Answer slowly", "It waits, then publishes as usual."),
    ("hang", "Never answer", "It takes the call and stays silent. Nothing is published."),
    ("drop_before", "Hang up before taking the post", "The connection breaks. Nothing is published."),
    (
        "accept_then_drop",
        "Take the post, then hang up",
        "The post is published, but the sender never hears of it.",
    ),
    (
        "error_after_accept",
        "Take the post, then report an error",
        "The post is published, yet the answer is “500”.",
    ),
    (
        "expire_token",
        "End the connection",
        "The access token expires; the sender must renew it or connect again.",
    ),
)
NAMES = {kind: name for kind, name, _ in BEHAVIOURS}
TIMES = (
    ("1", "The next time only"),
    ("3", "The next 3 times"),
    ("10", "The next 10 times"),
    ("", "Until I stop it"),
)
SCOPES = (("publish", "Publishing a post"), ("all", "Everything the hub asks for"))
DONE = {
    "on": "The switch is on.",
    "off": "The switch is off.",
    "normal": "The network behaves normally again. A connection that was ended must be renewed in the hub.",
    "keys": "Saved how repeated posts are treated.",
}
_BLANK = {
    "account": "",
    "behaviour": "refuse",
    "scope": "publish",
    "times": "1",
    "seconds": "5",
    "message": "",
}


async def get_switches(request):
    _this_machine_only(request)
    return _page(request, done=DONE.get(request.query.get("done", "")))


async def post_switch(request):
    """Switch one behaviour on."""
    _this_machine_only(request)
    network = request.app[NETWORK]
    fields = _BLANK | await read_form(request)
    try:
        if len(network.state.rules) >= RULES_MAX:
            raise invalid(
                "too_many_rules", f"{RULES_MAX} switches are on. Switch one off first.", "behaviour"
            )
        rule = parse_rule(network.state, _as_rule(fields), f"s{network.log.length + 1}")
    except Refusal as refusal:
        return _page(request, status=422, fields=fields, error=refusal)
    network.set_rules([*network.state.rules, rule], by="switches")
    return _back("on")


async def post_stop(request):
    _this_machine_only(request)
    network = request.app[NETWORK]
    fields = await read_form(request)
    network.set_rules([rule for rule in network.state.rules if rule.id != fields.get("rule")], by="switches")
    return _back("off")


async def post_keys(request):
    _this_machine_only(request)
    network = request.app[NETWORK]
    honour = (await read_form(request)).get("honour_keys") == "yes"
    network.record("settings", settings={"honour_keys": honour}, by="switches")
    return _back("keys")


async def post_normal(request):
    _this_machine_only(request)
    network = request.app[NETWORK]
    await read_form(request)
    network.set_rules([], by="switches")
    network.record("settings", settings={"honour_keys": True}, by="switches")
    return _back("normal")


def in_words(rule: Rule, network) -> dict:
    """What one active rule does, for people."""
    account = network.state.account(rule.match.get("account"))
    effect = rule.effect
    more = []
    if rule.type == "rate_limit":
        more.append(f"says to wait {effect.get('retry_after', 30)} seconds")
    if "seconds" in effect:
        more.append(f"waits {plural(effect['seconds'], 'second')}")
    if effect.get("when") == "after":
        more.append("after it has taken effect")
    if effect.get("message"):
        more.append(f"says “{effect['message']}”")
    if (rule.acts_after and not rule.match.get("path") and not rule.match.get("method")) or (
        rule.match.get("method"),
        rule.match.get("path"),
    ) == PUBLISH:
        where = "publishing"
    else:
        method, path = rule.match.get("method", ""), rule.match.get("path", "")
        where = f"{method} {path}…".strip() if method or path else "everything"
    left = "until stopped" if rule.left is None else f"{plural(rule.left, 'time')} left"
    return {
        "id": rule.id,
        "name": NAMES[rule.type],
        "who": account.name if account else "All accounts",
        "details": " · ".join([where, *more, left]),
    }


def _page(request, *, status=200, fields=None, error=None, done=None):
    network = request.app[NETWORK]
    return render(
        request,
        "switches.html",
        status=status,
        active=[in_words(rule, network) for rule in network.state.rules],
        honour_keys=network.state.settings["honour_keys"],
        accounts=listed(network),
        fields=fields or _BLANK | {"account": request.query.get("account", "")},
        behaviours=BEHAVIOURS,
        times=TIMES,
        scopes=SCOPES,
        error=error,
        done=done,
    )


def _as_rule(fields) -> dict:
    """The rule a filled-in form means. Raises Refusal."""
    kind, effect, match = fields["behaviour"], {"type": fields["behaviour"]}, {}
    if kind in ("delay", "rate_limit"):
        effect["retry_after" if kind == "rate_limit" else "seconds"] = _seconds(fields["seconds"])
    if kind in ("refuse", "rate_limit", "error_after_accept") and fields["message"].strip():
        effect["message"] = fields["message"].strip()
    if fields["account"]:
        match["account"] = fields["account"]
    if fields["scope"] == "publish":
        match["method"], match["path"] = PUBLISH
    times = fields["times"]
    if times not in dict(TIMES):
        raise invalid("bad_times", "Choose how often.", "times")
    return {"match": match, "effect": effect, "times": int(times) if times else None}


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 4 or not 1 <= int(text) <= 3600:
        raise invalid("bad_seconds", "Give a whole number of seconds from 1 to 3600.", "seconds")
    return int(text)


def _this_machine_only(request):
    try:
        near = ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        near = False
    if not near:
        raise Refusal(403, "not_here", "The switches can be used only on the machine the network runs on.")


def _back(done: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/switches?done={done}"})


def add_switches(app: web.Application) -> None:
    app.router.add_get("/switches", get_switches)
    app.router.add_post("/switches", post_switch)
    app.router.add_post("/switches/stop", post_stop)
    app.router.add_post("/switches/keys", post_keys)
    app.router.add_post("/switches/normal", post_normal)
