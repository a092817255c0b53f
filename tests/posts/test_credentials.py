"""Tokens at rest."""

from __future__ import annotations

import base64

import pytest
from django.core.management import call_command

from chapters.models import Chapter
from hubsite.lib.crypto import DecryptionError, KeyRing, new_key
from posts import credentials
from posts.models import Credential, PlatformApp, SocialAccount
from posts.platforms.base import AppKeys

pytestmark = pytest.mark.django_db

SECRET = "token-that-nobody-may-read"


def account(handle="one"):
    chapter = Chapter.objects.get_or_create(slug="lisbon", defaults={"name": "Lisbon"})[0]
    return SocialAccount.objects.create(
        chapter=chapter, platform="sandbox", external_id=handle, handle=handle
    )


def test_token_is_stored_encrypted_and_comes_back():
    one = account()

    credentials.save(one, {"access_token": SECRET})

    assert SECRET not in Credential.objects.get().sealed
    assert credentials.load(one).tokens == {"access_token": SECRET}
    assert SECRET not in repr(credentials.load(one))


def test_token_copied_to_another_account_does_not_decrypt():
    one, two = account("one"), account("two")
    credentials.save(one, {"access_token": SECRET})
    credentials.save(two, {"access_token": "another"})

    Credential.objects.filter(account=two).update(sealed=Credential.objects.get(account=one).sealed)

    with pytest.raises(DecryptionError):
        credentials.load(two)


def test_blank_value_never_replaces_a_token():
    one = account()
    credentials.save(one, {"access_token": "old", "refresh_token": "kept"})

    credentials.save(one, {"access_token": "new", "refresh_token": ""})

    assert credentials.load(one).tokens == {"access_token": "new", "refresh_token": "kept"}


def test_rotation_writes_everything_under_the_new_key(settings):
    one = account()
    credentials.save(one, {"access_token": SECRET})
    app = credentials.save_app("mastodon", "example.org", AppKeys("id", "app secret"))
    old = settings.HUB_ENCRYPTION_KEYS
    new = f"k2:{new_key()}"
    settings.HUB_ENCRYPTION_KEYS = f"{new},{old}"

    call_command("rotate_keys")

    settings.HUB_ENCRYPTION_KEYS = new
    assert credentials.load(one).tokens == {"access_token": SECRET}
    assert credentials.app_keys(PlatformApp.objects.get(pk=app.pk)).client_secret == "app secret"
    call_command("rotate_keys")


@pytest.mark.parametrize(
    "text", ["", "no-colon", "k1:not base64", "k1:" + base64.b64encode(b"short").decode(), ":AAAA"]
)
def test_unusable_keys_are_refused(text):
    with pytest.raises(ValueError, match=r"key|id:base64"):
        KeyRing.parse(text)
