"""Typed names of what the application and its requests carry."""

from aiohttp import web

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
