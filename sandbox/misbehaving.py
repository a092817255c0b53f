"""Carrying out the rules: what happens before a request takes effect, and what is answered after."""

import asyncio

from aiohttp import web

from . import accounts, spoiling
from .body import hold_body
from .errors import Dropped, Refusal
from .faults import Rule
from .keys import ACCOUNT, DATE_SKEW, KIND, LATE, NETWORK, OUTCOME, TOKEN
from .spoiling import FOREVER
from .telling import refused, tell


class Answered(Exception):
    """The request ends here with this answer; nothing took effect."""

    def __init__(self, response: web.Response, code: str):
        super().__init__(code)
        self.response = response
        self.code = code


def take(request, *, after: bool, passed=()) -> Rule | None:
    """Use up one application of the rule that acts on this request now."""
    network = request.app[NETWORK]
    if not network.state.rules:
        return None
    account = request.get(ACCOUNT)
    return network.take_fault(
        after=after,
        handle=account.handle if account else None,
        method=request.method,
        path=request.path,
        kind=request[KIND],
        passed=passed,
    )


async def before(request) -> None:
    """Carry out the rules that act before this request takes effect: delays, then one that ends it.

    Raises Refusal, Dropped, Answered.
    """
    passed = set()
    while rule := take(request, after=False, passed=passed):
        passed.add(rule.id)
        await _carry_out(request, rule)


async def _carry_out(request, rule):
    effect = rule.effect
    message = effect.get("message")
    request[OUTCOME].update(fault=rule.id, effect=rule.type)
    match rule.type:
        case "delay":
            await hold_body(request)
            await asyncio.sleep(effect.get("seconds", 5))
        case "date_skew":
            request[DATE_SKEW] = effect.get("seconds", 3600)
        case "drop_then_commit":
            request[LATE] = effect.get("seconds", 30)
        case "refuse":
            raise _refusal(effect)
        case "rate_limit":
            retry_after = effect.get("retry_after", 30)
            headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
            message = message or "Too many requests. Wait and try again."
            raise Refusal(effect.get("status", 429), "rate_limited", message, headers=headers)
        case "error_before":
            raise Answered(spoiling.error(request, effect), "server_error")
        case "redirect":
            raise Answered(spoiling.redirect(effect), "redirected")
        case "expire_token":
            _expire(request)
            raise accounts.unauthorised("expired_token", message)
        case "expire_in_flight":
            await hold_body(request)
            await asyncio.sleep(effect.get("seconds", 0))
            _expire(request)
        case "drop_before":
            tell(request, "dropped_before", rule)
            raise Dropped
        case "hang":
            tell(request, "hung", rule)
            await asyncio.sleep(effect.get("seconds", FOREVER))
            raise Dropped


def _refusal(effect) -> Refusal:
    """The rule's own words, and the platform's own numbers where the rule gives them."""
    refusal = Refusal(
        effect.get("status", 422), "refused", effect.get("message") or "The network refuses this."
    )
    refusal.numbers = {name: effect[name] for name in ("code", "subcode") if name in effect}
    return refusal


async def after(rule: Rule, request, response) -> web.StreamResponse:
    """What is answered to a request that took effect and is covered by a rule that acts after."""
    effect = rule.effect
    match rule.type:
        case "accept_then_drop":
            return spoiling.drop(request)
        case "error_after_accept":
            return spoiling.error(request, effect)
        case "redirect":
            return spoiling.redirect(effect)
        case "expire_in_flight":
            await asyncio.sleep(effect.get("seconds", 0))
            _expire(request)
            return refused(request, accounts.unauthorised("expired_token"))
        case "delay":
            await asyncio.sleep(effect.get("seconds", 5))
            return response
        case "hang":
            await asyncio.sleep(effect.get("seconds", FOREVER))
            return spoiling.drop(request)
        case _:
            return await spoiling.spoil(request, response, effect)


def _expire(request):
    if ACCOUNT in request:
        accounts.expire_access(request.app[NETWORK], request[ACCOUNT], by="fault")


def check_token(request) -> None:
    """The token that came with the request may have ended since. Raises Refusal."""
    if TOKEN in request:
        accounts.require_live(request[TOKEN])
