"""Typed names of what the application and its requests carry."""

from aiohttp import web

from .network import Network
from .state import Account

NETWORK = web.AppKey("network", Network)
ACCOUNT = web.RequestKey("account", Account)
RECEIVED_AT = web.RequestKey("received_at", str)
BODY = web.RequestKey("body", bytes)
OUTCOME = web.RequestKey("outcome", dict)
