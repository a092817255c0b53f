"""The door of every API call: who calls, whether the network is to misbehave, and what the log is told.

Handlers append to the log and return; nothing is answered here before it is on disk. Every publish request
leaves a line `{"event": "request", "disposition": ...}`, also when nothing came of it.
"""

import asyncio

from aiohttp import web

from . import accounts
from .body import hold_body
from .clock import iso, now
from .errors import Dropped, Refusal
from .faults import PUBLISH, Rule
from .keys import ACCOUNT, NETWORK, OUTCOME, RECEIVED_AT

HANG_SECONDS = 3600
_DISPOSITIONS = {"rate_limited": "rate_limited", "expired_token": "expired"}


@web.middleware
async def gate(request: web.Request, handler) -> web.StreamResponse:
    """Middleware of the account API."""
    network = request.app[NETWORK]
    request[RECEIVED_AT] = iso(now())
    request[OUTCOME] = {}
    try:
        _identify(request)
        await _misbehave_before(request)
        response = await handler(request)
        rule = _take(request, after=True) if response.status < 300 else None
        _tell(request, _accepted_as(request, rule), rule)
        await network.log.durable()
        return await _misbehave_after(rule, request, response)
    except Refusal as refusal:
        _tell_refusal(request, refusal)
        await network.log.durable()
        return refusal.as_json()
    except Dropped:
        await network.log.durable()
        return drop(request)
    except web.HTTPException as error:
        refusal = Refusal(error.status, error.reason.lower().replace(" ", "_"), f"{error.reason}.")
        _tell_refusal(request, refusal)
        await network.log.durable()
        return refusal.as_json()


def drop(request: web.Request) -> web.Response:
    """Cut the connection; the returned response never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _identify(request):
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = (
        accounts.find_token(request.app[NETWORK], text.strip(), "access")
        if scheme.lower() == "bearer"
        else None
    )
    if token is None:
        raise _unauthorised("invalid_token", "This token is not known here. Connect the account again.")
    request[ACCOUNT] = token.account
    if not accounts.is_live(token):
        raise _unauthorised("expired_token", "This token has expired. Renew it or connect the account again.")


def _unauthorised(code, message) -> Refusal:
    return Refusal(401, code, message, headers={"WWW-Authenticate": f'Bearer error="{code}"'})


def _take(request, *, after, passed=()) -> Rule | None:
    network = request.app[NETWORK]
    if not network.state.rules:
        return None
    handle = request[ACCOUNT].handle
    method, path = request.method, request.path
    return network.take_fault(after=after, handle=handle, method=method, path=path, passed=passed)


async def _misbehave_before(request):
    """Carry out the rules that act before this request takes effect: delays, then one that ends it."""
    passed = set()
    while rule := _take(request, after=False, passed=passed):
        passed.add(rule.id)
        await _carry_out(request, rule)


async def _carry_out(request, rule):
    effect = rule.effect
    message = effect.get("message")
    request[OUTCOME]["fault"] = rule.id
    match rule.type:
        case "delay":
            await hold_body(request)
            await asyncio.sleep(effect.get("seconds", 5))
        case "refuse":
            raise Refusal(effect.get("status", 422), "refused", message or "The network refuses this.")
        case "rate_limit":
            retry_after = effect.get("retry_after", 30)
            headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
            message = message or "Too many requests. Wait and try again."
            raise Refusal(effect.get("status", 429), "rate_limited", message, headers=headers)
        case "expire_token":
            accounts.expire_access(request.app[NETWORK], request[ACCOUNT], by="fault")
            raise _unauthorised(
                "expired_token", message or "This token has expired. Renew it or connect again."
            )
        case "drop_before":
            _tell(request, "dropped_before", rule)
            raise Dropped
        case "hang":
            _tell(request, "hung", rule)
            await asyncio.sleep(effect.get("seconds", HANG_SECONDS))
            raise Dropped


async def _misbehave_after(rule, request, response):
    if rule is None:
        return response
    match rule.type:
        case "accept_then_drop":
            return drop(request)
        case "error_after_accept":
            message = rule.effect.get("message") or "Something went wrong here."
            return Refusal(rule.effect.get("status", 500), "server_error", message).as_json()
        case "delay":
            await asyncio.sleep(rule.effect.get("seconds", 5))
            return response
        case _:  # hang
            await asyncio.sleep(rule.effect.get("seconds", HANG_SECONDS))
            return drop(request)


def _accepted_as(request, rule) -> str:
    if rule:
        match rule.type:
            case "accept_then_drop":
                return "dropped_after_accept"
            case "error_after_accept":
                return "error_after_accept"
            case "hang":
                return "hung_after_accept"
    return "repeat" if request[OUTCOME].get("repeat") else "accepted"


def _tell_refusal(request, refusal):
    disposition = _DISPOSITIONS.get(refusal.code, "refused")
    _tell(request, disposition, None, reason=refusal.code, status=refusal.status)


def _tell(request, disposition, rule, **more):
    """The log's line about a publish request; other calls leave only what they changed."""
    if (request.method, request.path) != PUBLISH:
        return
    account = request.get(ACCOUNT)
    outcome = request[OUTCOME]
    if rule:
        outcome = {**outcome, "fault": rule.id}
    key = request.headers.get("Idempotency-Key")
    request.app[NETWORK].record(
        "request",
        disposition=disposition,
        account=account.handle if account else None,
        account_id=account.id if account else None,
        idempotency_key=key[:300] if key else key,
        received_at=request[RECEIVED_AT],
        **outcome,
        **more,
    )
