"""System checks: a hub that is set up wrongly does not start, and says which variable to mend."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from hubsite.lib.crypto import KeyRing


@register(Tags.security)
def secrets_are_set(**kwargs: object) -> list[CheckMessage]:
    """Neither secret may be missing or the one that ships for debugging."""
    problems: list[CheckMessage] = []
    if not settings.SECRET_KEY or (not settings.DEBUG and settings.SECRET_KEY == "only-for-debugging"):  # noqa: S105
        problems.append(
            Error(
                "SECRET_KEY is not set.",
                hint="Set the environment variable SECRET_KEY to 50 or more random characters.",
                id="hub.E001",
            )
        )
    try:
        ring = KeyRing.parse(settings.HUB_ENCRYPTION_KEYS)
        if "debug" in ring.keys and not settings.DEBUG:
            raise ValueError("the key for debugging is in use")
    except ValueError as error:
        problems.append(
            Error(
                f"HUB_ENCRYPTION_KEYS does not work: {error}.",
                hint="Set it to id:base64key, with the key made by `python -m hubsite.lib.crypto`.",
                id="hub.E002",
            )
        )
    return problems


@register(Tags.security)
def addresses_agree(**kwargs: object) -> list[CheckMessage]:
    """The address people use must be one the hub answers to, and HTTPS anywhere but on this machine."""
    parts = urlsplit(settings.HUB_URL)
    problems: list[CheckMessage] = []
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        problems.append(Error("HUB_URL is not a web address.", hint="Set HUB_URL, e.g. https://hub.example.org.",
                              id="hub.E003"))  # fmt: skip
    elif parts.scheme == "http" and host not in {"127.0.0.1", "localhost", "::1"}:
        problems.append(
            Error(
                "HUB_URL has to begin with https:// on any address but this machine's own.",
                hint="Put the hub behind a proxy that speaks HTTPS and set HUB_URL to its address.",
                id="hub.E004",
            )
        )
    if host and "*" not in settings.ALLOWED_HOSTS and host not in settings.ALLOWED_HOSTS:
        problems.append(
            Error(f"ALLOWED_HOSTS does not contain {host}.", hint="Add the host of HUB_URL to ALLOWED_HOSTS.",
                  id="hub.E005")
        )  # fmt: skip
    return problems


@register(Tags.security)
def sends_fit_in_leases(**kwargs: object) -> list[CheckMessage]:
    """A call that could outlive its lease could be made twice."""
    if settings.HUB_LEASE_SECONDS < 2 * settings.HUB_SEND_DEADLINE_SECONDS + 2:
        return [
            Error(
                "HUB_LEASE_SECONDS has to be at least twice HUB_SEND_DEADLINE_SECONDS and two seconds more.",
                hint="Raise HUB_LEASE_SECONDS or lower HUB_SEND_DEADLINE_SECONDS.",
                id="hub.E006",
            )
        ]
    return []
