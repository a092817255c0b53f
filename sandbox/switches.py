"""The page on which a person makes the network misbehave, in plain words. For this machine only."""

import ipaddress

from aiohttp import web

from .csrf import read_form
from .errors import Refusal, invalid
from .faults import PUBLISH, RULES_MAX, parse_rule
from .html import render
from .keys import NETWORK
from .pages import listed
from .traits import TRAITS, parse_traits, set_traits
from .wording import BEHAVIOURS, rule_in_words, trait_fields, traits_in_words

# the effects that the form's seconds are for, and what they are called there
_SECONDS_AS = dict.fromkeys(
    ("delay", "drop_then_commit", "slow_drip", "endless_headers", "expire_in_flight", "date_skew"), "seconds"
) | {"rate_limit": "retry_after"}
_SAYING = ("refuse", "rate_limit", "error_after_accept")
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
    "traits": "Saved how posts are kept and shown.",
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


async def post_traits(request):
    """Set how posts are kept and shown, for all accounts or one; a blank is as usual, or as for all."""
    _this_machine_only(request)
    network = request.app[NETWORK]
    fields = await read_form(request)
    try:
        account = network.require_account(fields["account"]) if fields.get("account") else None
        traits = parse_traits({name: _trait(name, fields[name]) for name in TRAITS if name in fields})
    except Refusal as refusal:
        return _page(request, status=422, traits=fields, error=refusal)
    if account is None:
        usual = network.state.usual
        traits = {name: None if value == usual[name] else value for name, value in traits.items()}
    set_traits(network, account, traits, by="switches")
    return _back("traits", account)


async def post_normal(request):
    _this_machine_only(request)
    network = request.app[NETWORK]
    await read_form(request)
    network.set_rules([], by="switches")
    network.record("traits_reset", by="switches")
    return _back("normal")


def _page(request, *, status=200, fields=None, traits=None, error=None, done=None):
    """`fields` and `traits` are what was typed into the one form or the other."""
    network = request.app[NETWORK]
    whose = network.state.account((traits or request.query).get("account", ""))
    return render(
        request,
        "switches.html",
        status=status,
        active=[rule_in_words(rule, network) for rule in network.state.rules],
        unusual=traits_in_words(network.state),
        whose=whose,
        trait_fields=[
            field | {"value": (traits or {}).get(field["name"], field["value"])}
            for field in trait_fields(network.state, whose)
        ],
        accounts=listed(network),
        fields=fields or _BLANK | {"account": whose.handle if whose else ""},
        behaviours=BEHAVIOURS,
        times=TIMES,
        scopes=SCOPES,
        error=error,
        done=done,
    )


def _as_rule(fields) -> dict:
    """The rule a filled-in form means. Raises Refusal."""
    kind, effect, match = fields["behaviour"], {"type": fields["behaviour"]}, {}
    if kind in _SECONDS_AS:
        effect[_SECONDS_AS[kind]] = _seconds(fields["seconds"])
    if kind in _SAYING and fields["message"].strip():
        effect["message"] = fields["message"].strip()
    if kind == "error_before":
        effect["status"] = 503
    if kind == "redirect":
        effect["location"] = "/"
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


def _trait(name: str, text: str):
    """A trait as typed: None for a blank. Raises Refusal."""
    usual, text = TRAITS[name].usual, text.strip()
    if not text:
        return None
    if isinstance(usual, bool):
        return {"yes": True, "no": False}.get(text, text)
    if TRAITS[name].options:
        return text
    try:
        return float(text) if "." in text else int(text)
    except ValueError as error:
        raise invalid("bad_trait", f"“{text[:20]}” is not a number.", name) from error


def _this_machine_only(request):
    try:
        near = ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        near = False
    if not near:
        raise Refusal(403, "not_here", "The switches can be used only on the machine the network runs on.")


def _back(done: str, account=None) -> web.Response:
    whose = f"&account={account.handle}" if account else ""
    return web.Response(status=303, headers={"Location": f"/switches?done={done}{whose}"})


def add_switches(app: web.Application) -> None:
    app.router.add_get("/switches", get_switches)
    app.router.add_post("/switches", post_switch)
    app.router.add_post("/switches/stop", post_stop)
    app.router.add_post("/switches/traits", post_traits)
    app.router.add_post("/switches/normal", post_normal)
