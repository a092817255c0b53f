"""Typed names of what the application and its requests carry."""

from collections.abc import Callable

from aiohttp import web

from .errors import Refusal
from .network import Network
from .state import Account, Token

NETWORK = web.AppKey("network", Network)
ACCOUNT = web.RequestKey("account", Account)
TOKEN = web.RequestKey("token", Token)
RECEIVED_AT = web.RequestKey("received_at", str)
BODY = web.RequestKey("body", bytes)
OUTCOME = web.RequestKey("outcome", dict)
LATE = web.RequestKey("late", float)
DATE_SKEW = web.RequestKey("date_skew", float)
# what the call is for, whatever its path: a value of faults.KINDS, or nothing
KIND = web.RequestKey("kind", str)
# how a refusal looks on the platform that is asked
SHAPE = web.RequestKey("shape", Callable[[Refusal], web.Response])
