"""Connecting where there is a choice, a password, or something in the way; and finishing it later."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Event, Membership
from chapters.permissions import Role
from posts import connecting, credentials
from posts.connecting import Party
from posts.models import ConnectionAttempt, PlatformApp, SocialAccount
from posts.platforms.base import AppKeys, ConfigError, PermissionMissing
from posts.problems import Refused
from tests.support import posts
from tests.support.cast import member
from tests.support.fake_platforms import TOKEN, page

pytestmark = pytest.mark.django_db

LIST = "/c/lisbon/accounts/"
PAGES = f"{LIST}connect/fakepages/"
WORDS = f"{LIST}connect/fakewords/"


def url(name, *args):
    return reverse(name, args=["lisbon", *args])


def go(client, address=PAGES, **typed):
    """Press the button; the state with which the platform sends the person back."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', client.post(address, typed).text)
    return parse_qs(urlsplit(unescape(found[1])).query)["state"][0]


def back(client, state, **answer):
    return client.get("/connected/", {"state": state, "code": "c", **answer}, follow=True)


def begin(cast, pages, *numbers):
    """Lucia's browser, back from the platform that showed it these Pages; the page she sees."""
    pages.found = tuple(page(number) for number in numbers)
    client = cast.client(cast.lucia)
    return client, back(client, go(client))


# ---- one of several


def test_of_several_accounts_one_is_chosen(cast, pages):
    client, seen = begin(cast, pages, 1, 2, 3)
    attempt = ConnectionAttempt.objects.get()
    assert seen.redirect_chain == [(url("account_choose", attempt.uid), 302)]
    assert [f"Page {n}" in seen.text for n in (1, 2, 3)] == [True] * 3

    done = client.post(url("account_choose", attempt.uid), {"number": "1"}, follow=True)

    assert done.redirect_chain == [(LIST, 302)]
    account = cast.lisbon.social_accounts.get()
    assert account.external_id == "page-2"
    assert credentials.load(account).tokens == {"access_token": f"{TOKEN}-2"}


def test_choices_are_sealed_until_one_is_chosen_and_then_gone(cast, pages):
    client, _seen = begin(cast, pages, 1, 2)
    attempt = ConnectionAttempt.objects.get()
    assert attempt.has_choices
    assert TOKEN not in attempt.sealed_choices
    assert "page-1" not in attempt.sealed_choices
    client.post(url("account_choose", attempt.uid), {"number": "0"})

    attempt.refresh_from_db()

    assert (attempt.sealed_choices, attempt.sealed_verifier) == ("", "")
    again = client.post(url("account_choose", attempt.uid), {"number": "1"}, follow=True)
    assert "This choice is no longer there." in again.text
    assert SocialAccount.objects.count() == 1


def test_choice_pressed_twice_at_once_connects_one_account(cast, pages):
    begin(cast, pages, 1, 2)
    party = Party(cast.lisbon, person=cast.lucia)
    seen_by_both = ConnectionAttempt.objects.get()
    connecting.choose(attempt=seen_by_both, party=party, number=0)
    with pytest.raises(Refused, match="was finished or dropped a moment ago"):
        connecting.choose(attempt=seen_by_both, party=party, number=1)
    assert SocialAccount.objects.count() == 1


def test_sealed_choices_of_one_connection_open_in_no_other(cast, pages):
    begin(cast, pages, 1, 2)
    attempt = ConnectionAttempt.objects.get()
    attempt.uid = attempt.pk = None
    attempt.uid, attempt.state_hash = "11111111-1111-4111-8111-111111111111", "other"
    attempt.save()
    assert connecting.choices(attempt) == []


def test_nothing_chosen_says_so_and_keeps_the_choice(cast, pages):
    client, _seen = begin(cast, pages, 1, 2)
    address = url("account_choose", ConnectionAttempt.objects.get().uid)
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"number": "7"}).status_code == 422
    assert client.get(address).status_code == 200


def test_choice_is_over_after_half_an_hour(cast, pages):
    client, _seen = begin(cast, pages, 1, 2)
    address = url("account_choose", ConnectionAttempt.objects.get().uid)
    ConnectionAttempt.objects.update(expires_at=timezone.now())

    assert "This choice is no longer there." in client.get(address, follow=True).text
    connecting.forget_expired()
    assert ConnectionAttempt.objects.get().sealed_choices == ""


def test_what_is_over_for_long_is_forgotten_whole(cast, pages):
    begin(cast, pages, 1, 2)
    ConnectionAttempt.objects.update(created_at=timezone.now() - connecting.KEPT - timedelta(hours=1))
    connecting.forget_expired()
    assert not ConnectionAttempt.objects.exists()


def test_choice_is_for_the_person_who_began_alone(cast, pages):
    begin(cast, pages, 1, 2)
    lena = member("Lena", cast.lisbon, Role.LEAD)
    address = url("account_choose", ConnectionAttempt.objects.get().uid)
    assert cast.client(lena).get(address).status_code == 404
    assert cast.client(lena).post(address, {"number": "0"}).status_code == 404


def test_times_of_a_choice_are_counted_from_when_the_platform_told_them(cast, pages):
    pages.found = (page(1), page(2, expires_in=7200.0, ends_in=86400.0))
    client = cast.client(cast.lucia)
    back(client, go(client))
    attempt = ConnectionAttempt.objects.get()
    later = connecting._connection(
        {"profile": {"external_id": "x", "handle": "x", "display_name": "x", "url": "", "kind": ""},
         "tokens": {}, "scopes": [], "capabilities": {}, "expires_in": 7200.0, "renew_from": None,
         "ends_in": 86400.0}, passed=600.0,
    )  # fmt: skip
    assert (later.expires_in, later.renew_from, later.ends_in) == (6600.0, None, 85800.0)
    client.post(url("account_choose", attempt.uid), {"number": "1"})
    left = (SocialAccount.objects.get().ends_at - timezone.now()).total_seconds()
    assert 86300 < left <= 86400


# ---- begun and not finished


def test_half_finished_connection_shows_until_it_is_dropped(cast, pages):
    client, _seen = begin(cast, pages, 1, 2)
    attempt = ConnectionAttempt.objects.get()
    text = client.get(LIST).text
    assert "You began to connect Fake Pages" in text
    assert url("account_choose", attempt.uid) in text
    assert "You began to connect" not in cast.client(cast.rui).get(LIST).text

    client.post(url("account_drop", attempt.uid))

    assert "You began to connect" not in client.get(LIST).text
    assert ConnectionAttempt.objects.get().sealed_choices == ""


def test_somebody_still_away_can_begin_again_with_the_server_they_typed(cast, monkeypatch):
    client = cast.client(cast.lucia)
    ConnectionAttempt.objects.create(
        chapter=cast.lisbon, person=cast.lucia, platform="mastodon", host="social.example",
        state_hash="x", expires_at=timezone.now() + connecting.LIFE,
    )  # fmt: skip
    text = client.get(LIST).text
    assert "You have not come back from social.example yet." in text
    again = f"{url('account_connect_to', 'mastodon')}?host=social.example"
    assert again in text
    assert 'value="social.example"' in client.get(again).text


def test_hub_for_practice_says_so_and_proposes_its_own_server(cast, settings):
    client, address = cast.client(cast.lucia), url("account_connect_to", "mastodon")
    assert "mastodon.practice" not in client.get(address).text
    settings.HUB_PRACTICE = True
    text = client.get(address).text
    assert 'value="mastodon.practice"' in text
    assert "nothing reaches the real one" in text


def test_finished_connection_ends_the_tries_before_it(cast, pages):
    client = cast.client(cast.lucia)
    go(client)
    back(client, go(client))
    assert cast.lisbon.social_accounts.exists()
    assert "You began to connect" not in client.get(LIST).text


def test_two_windows_each_connect_their_account(cast, pages):
    client = cast.client(cast.lucia)
    first, second = go(client), go(client)
    pages.found = (page(1),)
    back(client, second)
    pages.found = (page(2),)
    back(client, first)
    assert set(cast.lisbon.social_accounts.values_list("external_id", flat=True)) == {"page-1", "page-2"}


# ---- in the way


def test_missing_permission_leads_back_to_the_steps_with_what_to_do(cast, pages):
    client = cast.client(cast.lucia)
    state = go(client)
    pages.error = PermissionMissing("You did not let the hub manage posts. Say yes to it, then it works.")

    seen = back(client, state)

    assert seen.redirect_chain == [(PAGES, 302)]
    assert "You did not let the hub manage posts." in seen.text
    assert not SocialAccount.objects.exists()


def test_saying_no_ends_what_was_begun(cast, pages):
    client = cast.client(cast.lucia)
    client.get("/connected/", {"state": go(client), "error": "access_denied"})
    assert "You began to connect" not in client.get(LIST).text


def test_server_that_forgot_the_hub_is_registered_with_anew(cast, pages):
    pages.needs_host, pages.app = True, AppKeys("id", "secret", {"token": "https://one.example/token"})
    client = cast.client(cast.lucia)
    state = go(client, host="one.example")
    assert credentials.known_app("fakepages", "one.example") == pages.app
    pages.error = ConfigError("The server no longer knows the hub. Begin again.")

    back(client, state)

    assert not PlatformApp.objects.exists()
    pages.needs_host = False


@pytest.mark.parametrize(
    ("issuer", "connects"), [("https://one.example", True), ("", True), ("https://evil.example", False)]
)
def test_answer_of_another_server_than_the_one_asked_connects_nothing(cast, pages, issuer, connects):
    pages.needs_host, pages.app = True, AppKeys("id", "secret", {"issuer": "https://one.example/"})
    client = cast.client(cast.lucia)
    seen = back(client, go(client, host="one.example"), **({"iss": issuer} if issuer else {}))
    assert SocialAccount.objects.exists() == connects
    assert ("came from another server" in seen.text) != connects
    pages.needs_host = False


def test_account_of_another_chapter_is_named_to_those_who_see_it_there(cast, pages):
    back_at_porto = Party(cast.porto, person=cast.paulo)
    connecting._keep(back_at_porto, "fakepages", "", page(1))
    _client, seen = begin(cast, pages, 1)
    assert "is connected to another chapter already" in seen.text
    assert "Porto" not in seen.text

    Membership.objects.create(user=cast.lucia, chapter=cast.porto, role=Role.VIEWER)
    _client, seen = begin(cast, pages, 1)
    assert "@page1 is connected to Porto. Disconnect it there first." in seen.text


# ---- with a password made for apps


def test_app_password_connects_at_once(cast, words):
    client = cast.client(cast.lucia)
    done = client.post(WORDS, {"identifier": "lisbon.example", "password": "right-one"}, follow=True)
    assert done.redirect_chain == [(LIST, 302)]
    assert cast.lisbon.social_accounts.get().host == "words.example.org"


def test_wrong_app_password_keeps_the_handle_and_never_shows_the_password(cast, words):
    seen = cast.client(cast.lucia).post(WORDS, {"identifier": "lisbon.example", "password": "wrong-one"})
    assert seen.status_code == 422
    assert "does not know this handle and app password" in seen.text
    assert 'value="lisbon.example"' in seen.text
    assert "wrong-one" not in seen.text


def test_reconnecting_with_an_app_password_asks_for_it_and_wants_the_same_account(cast, words):
    client = cast.client(cast.lucia)
    client.post(WORDS, {"identifier": "lisbon.example", "password": "right-one"})
    account = cast.lisbon.social_accounts.get()
    again = url("account_reconnect", account.uid)
    asked = client.post(again)  # the button in the list
    assert asked.status_code == 200
    assert 'type="password"' in asked.text
    words.found = (page(2),)

    other = client.post(again, {"identifier": "other.example", "password": "right-one"})

    assert other.status_code == 422
    assert f"but this is {account.handle}" in unescape(other.text)
    assert cast.lisbon.social_accounts.count() == 1


# ---- again


def test_reconnecting_picks_the_same_account_from_several(cast, pages):
    client, _seen = begin(cast, pages, 2)
    account = cast.lisbon.social_accounts.get()
    SocialAccount.objects.update(broken_at=timezone.now(), broken_message="Revoked.")
    pages.found = (page(1), page(2), page(3))

    back(client, go(client, url("account_reconnect", account.uid)))

    assert cast.lisbon.social_accounts.get().broken_at is None


def test_reconnecting_without_the_account_among_them_says_what_to_do(cast, pages):
    client, _seen = begin(cast, pages, 2)
    account = cast.lisbon.social_accounts.get()
    pages.found = (page(1), page(3))
    seen = back(client, go(client, url("account_reconnect", account.uid)))
    assert seen.redirect_chain == [(url("account_reconnect", account.uid), 302)]
    assert "is not among the accounts that you let the hub use" in seen.text


def test_pause_that_a_person_made_outlives_a_new_connection(cast, pages):
    client, _seen = begin(cast, pages, 1)
    account = cast.lisbon.social_accounts.get()
    client.post(url("account_pause", account.uid), {"reason": "Summer"})

    seen = back(client, go(client, url("account_reconnect", account.uid)))

    account.lane.refresh_from_db()
    assert account.lane.paused_reason == "Summer"
    assert "It is still paused." in seen.text


def test_account_that_was_let_go_is_the_same_account_again(cast, pages):
    client, _seen = begin(cast, pages, 1)
    account = cast.lisbon.social_accounts.get()
    post = posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui)
    client.post(url("account_disconnect", account.uid))

    begin(cast, pages, 1)

    again = cast.lisbon.social_accounts.get()
    assert (again.pk, again.disconnected_at) == (account.pk, None)
    assert again.connected_at > account.connected_at
    assert post.deliveries.get().account == again
    assert Event.objects.filter(verb="reconnected").exists()


def test_another_chapter_gets_a_row_of_its_own_for_an_account_that_was_let_go(cast, pages):
    client, _seen = begin(cast, pages, 1)
    client.post(url("account_disconnect", cast.lisbon.social_accounts.get().uid))
    connecting._keep(Party(cast.porto, person=cast.paulo), "fakepages", "", page(1))
    assert cast.porto.social_accounts.get().pk != cast.lisbon.social_accounts.get().pk
