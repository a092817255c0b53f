"""The door of every API call: who calls, whether the network is to misbehave, and what the log is told.

Handlers append to the log and return; nothing is answered here before it is on disk.
"""

import asyncio
import time
from datetime import timedelta
from email.utils import format_datetime

from aiohttp import web

from . import accounts, misbehaving
from .clock import iso, now
from .errors import Dropped, Refusal
from .faults import KINDS
from .keys import ACCOUNT, DATE_SKEW, KIND, LATE, NETWORK, OUTCOME, RECEIVED_AT, TOKEN
from .misbehaving import Answered
from .spoiling import drop
from .telling import accepted_as, refused, tell, tell_refusal


@web.middleware
async def gate(request: web.Request, handler) -> web.StreamResponse:
    """Middleware of the account API."""
    return await pass_through(request, handler, _identify)


async def pass_through(request: web.Request, handler, identify) -> web.StreamResponse:
    """Answer a call as rules and traits have it. `identify` names the account or raises Refusal."""
    network = request.app[NETWORK]
    began = time.monotonic()
    request[RECEIVED_AT] = iso(now())
    request[OUTCOME] = {}
    if KIND not in request:
        request[KIND] = KINDS.get((request.method, request.path), "")
    try:
        response = await _carried_out(request, handler, identify, began)
    except Refusal as refusal:
        if LATE in request:  # this caller is hung up on, whatever it sent
            tell(request, "dropped_before", reason=refusal.code)
            response = None
        else:
            tell_refusal(request, refusal)
            response = refused(request, refusal)
    except Answered as answered:
        tell(request, "refused", reason=answered.code, status=answered.response.status)
        response = answered.response
    except Dropped:
        response = None
    except web.HTTPException as error:
        refusal = Refusal(error.status, error.reason.lower().replace(" ", "_"), f"{error.reason}.")
        tell_refusal(request, refusal)
        response = refused(request, refusal)
    await network.log.durable()
    return drop(request) if response is None else _dated(request, response)


async def _carried_out(request, handler, identify, began):
    network = request.app[NETWORK]
    await identify(request)
    await misbehaving.before(request)
    misbehaving.check_token(request)
    response = await handler(request)
    rule = misbehaving.take(request, after=True) if response.status < 300 else None
    tell(request, accepted_as(request, rule), rule)
    await network.log.durable()
    await _take_time(request, began)
    return await misbehaving.after(rule, request, response) if rule else response


async def _take_time(request, began):
    """Publishing takes as long as the account's latency; what the disk took counts."""
    if request[KIND] == "publish" and ACCOUNT in request:
        latency = request.app[NETWORK].state.trait(request[ACCOUNT], "latency_ms")
        if latency and (left := began + latency / 1000 - time.monotonic()) > 0:
            await asyncio.sleep(left)


def _dated(request, response):
    """The answer with the Date of a clock that may be wrong."""
    skew = request.get(DATE_SKEW, 0)
    if ACCOUNT in request:
        skew += request.app[NETWORK].state.trait(request[ACCOUNT], "clock_skew")
    if skew and not response.prepared:
        response.headers["Date"] = format_datetime(now() + timedelta(seconds=skew), usegmt=True)
    return response


async def _identify(request):
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = None
    if scheme.lower() == "bearer":
        token = accounts.find_token(request.app[NETWORK], text.strip(), "access")
    if token is None:
        raise accounts.unauthorised("invalid_token")
    request[ACCOUNT], request[TOKEN] = token.account, token
    accounts.require_live(token)
