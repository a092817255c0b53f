"""Accounts' tokens: encrypted at rest, loaded only where a call is made, saved before they are used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings

from hubsite.lib.crypto import DecryptionError, KeyRing
from posts.models import Credential, PlatformApp, SocialAccount
from posts.platforms.base import AppKeys, Credentials


@lru_cache(maxsize=4)
def _ring(text: str) -> KeyRing:
    return KeyRing.parse(text)


def ring() -> KeyRing:
    """The keys the environment gives."""
    return _ring(settings.HUB_ENCRYPTION_KEYS)


def _token_place(account: SocialAccount) -> str:
    return f"posts_credential:{account.uid}:sealed"


def _secret_place(app: PlatformApp) -> str:
    return f"posts_platformapp:{app.uid}:sealed_secret"


def load(account: SocialAccount) -> Credentials:
    """How to act as `account`. Raises DecryptionError, and Credential.DoesNotExist where it has no tokens."""
    return opened(account, Credential.objects.values_list("sealed", flat=True).get(account=account))


def opened(account: SocialAccount, sealed: str) -> Credentials:
    """How to act as `account`, from its sealed tokens. Raises DecryptionError."""
    tokens = json.loads(ring().decrypt(sealed, place=_token_place(account)))
    return Credentials(
        host=account.host, external_id=account.external_id, tokens=tokens, capabilities=account.capabilities
    )


def save(account: SocialAccount, tokens: Mapping[str, str]) -> None:
    """Keep `tokens` for `account`. A blank value never replaces one that is there."""
    try:
        kept = dict(load(account).tokens)
    except (Credential.DoesNotExist, DecryptionError):  # what nobody can read must not stop a new connection
        kept = {}
    merged = {**kept, **{key: value for key, value in tokens.items() if value}}
    sealed = ring().encrypt(json.dumps(merged), place=_token_place(account))
    Credential.objects.update_or_create(account=account, defaults={"sealed": sealed})


def wipe(account: SocialAccount) -> None:
    """Forget the account's tokens."""
    Credential.objects.filter(account=account).delete()


def app_keys(app: PlatformApp) -> AppKeys:
    """The hub's registration in the clear."""
    secret = ring().decrypt(app.sealed_secret, place=_secret_place(app))
    return AppKeys(app.client_id, secret, app.endpoints)


def known_app(platform: str, host: str) -> AppKeys | None:
    """The hub's registration with a server, None where it has none."""
    app = PlatformApp.objects.filter(platform=platform, host=host).first()
    return None if app is None else app_keys(app)


def save_app(platform: str, host: str, keys: AppKeys) -> PlatformApp:
    """Keep the hub's registration with a server."""
    app = PlatformApp(platform=platform, host=host, client_id=keys.client_id, endpoints=dict(keys.endpoints))
    app.sealed_secret = ring().encrypt(keys.client_secret, place=_secret_place(app))
    PlatformApp.objects.bulk_create([app], ignore_conflicts=True)
    return PlatformApp.objects.get(platform=platform, host=host)


def forget_app(platform: str, host: str) -> None:
    """Forget the hub's registration with a server that no longer knows it; the next connection makes one."""
    PlatformApp.objects.filter(platform=platform, host=host).delete()


def rotate() -> int:
    """Write every value again that is not under the current key. Returns how many."""
    changed = 0
    keys = ring()
    for credential in Credential.objects.select_related("account").iterator():
        if not keys.is_current(credential.sealed):
            place = _token_place(credential.account)
            again = keys.encrypt(keys.decrypt(credential.sealed, place=place), place=place)
            # only if nobody saved newer tokens meanwhile
            changed += Credential.objects.filter(pk=credential.pk, sealed=credential.sealed).update(
                sealed=again
            )
    for app in PlatformApp.objects.iterator():
        if not keys.is_current(app.sealed_secret):
            place = _secret_place(app)
            again = keys.encrypt(keys.decrypt(app.sealed_secret, place=place), place=place)
            changed += PlatformApp.objects.filter(pk=app.pk, sealed_secret=app.sealed_secret).update(
                sealed_secret=again
            )
    return changed
