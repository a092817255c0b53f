"""The accounts of a chapter: connecting them over real HTTP, how they are, pausing them, letting them go."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.urls import reverse
from django.utils import timezone

from chapters.models import Chapter, Event, Membership
from chapters.permissions import Role
from posts import accounts, connecting, credentials, health
from posts.models import ConnectionAttempt, Credential, Lane, SocialAccount
from posts.platforms import registry
from tests.support import many, posts

pytestmark = pytest.mark.django_db

LIST = "/c/lisbon/accounts/"
PRACTICE = "/c/lisbon/accounts/connect/sandbox/"


def url(name, *args):
    return reverse(name, args=["lisbon", *args])


def leave(client, address, **typed):
    """Press the button that leads to the platform; the address that the browser goes on to."""
    page = client.post(address, typed)
    assert page.status_code == 200, page.text
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    return unescape(found[1])


def say_yes(practice, address, handle):
    """Choose an account on the practice network and come back: the query of the way back."""
    session = requests.Session()
    page = session.get(address, timeout=10)
    assert page.status_code == 200
    hidden = {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([\w]+)" value="([^"]*)"', page.text)
    }
    answer = session.post(
        practice.url + "/connect", data=hidden | {"choose": handle}, headers={"Origin": practice.url},
        allow_redirects=False, timeout=10,
    )  # fmt: skip
    assert answer.headers["Location"].startswith(connecting.redirect_uri())
    return urlsplit(answer.headers["Location"]).query


def connect(cast, practice, person=None):
    """An account of the practice network, connected by a lead through the pages."""
    client, opened = cast.client(person or cast.lucia), practice.open_account()
    address = leave(client, PRACTICE)
    back = say_yes(practice, address, opened["handle"])
    return client.get(f"/connected/?{back}", follow=True), opened


def the_state(address):
    return parse_qs(urlsplit(address).query)["state"][0]


# ---- connecting


def test_lead_connects_an_account_and_posts_can_go_out(cast, practice):
    page, opened = connect(cast, practice)

    assert page.redirect_chain == [(LIST, 302)]
    assert f"{opened['handle']} on Practice network is connected." in page.text
    account = cast.lisbon.social_accounts.get()
    assert (account.handle, account.connected_by) == (opened["handle"], cast.lucia)
    assert credentials.load(account).tokens["access_token"]
    assert Lane.objects.filter(account=account, paused_at=None).exists()
    assert Event.objects.filter(verb="connected", actor=cast.lucia, chapter=cast.lisbon).exists()


def test_way_back_works_once(cast, practice):
    client, opened = cast.client(cast.lucia), practice.open_account()
    address = leave(client, PRACTICE)
    back = say_yes(practice, address, opened["handle"])
    client.get(f"/connected/?{back}")

    again = client.get(f"/connected/?{back}", follow=True)

    assert "took too long or was finished already" in again.text
    assert cast.lisbon.social_accounts.count() == 1


def test_way_back_is_for_the_person_who_began(cast, practice):
    address = leave(cast.client(cast.lucia), PRACTICE)
    back = say_yes(practice, address, practice.open_account()["handle"])

    page = cast.client(cast.otto).get(f"/connected/?{back}", follow=True)

    assert "You did not begin to connect an account here." in page.text
    assert not SocialAccount.objects.exists()


def test_somebody_who_lost_the_right_meanwhile_connects_nothing(cast, practice):
    client = cast.client(cast.lucia)
    address = leave(client, PRACTICE)
    back = say_yes(practice, address, practice.open_account()["handle"])
    Membership.objects.filter(user=cast.lucia).update(role=Role.AUTHOR)

    page = client.get(f"/connected/?{back}", follow=True)

    assert "You may no longer connect accounts in Lisbon." in page.text
    assert not SocialAccount.objects.exists()


def test_saying_no_leads_back_with_a_sentence(cast, practice):
    client = cast.client(cast.lucia)
    state = the_state(leave(client, PRACTICE))

    page = client.get("/connected/", {"state": state, "error": "access_denied"}, follow=True)

    assert page.redirect_chain == [(PRACTICE, 302)]
    assert "You did not let the hub post there, so nothing was connected." in page.text


def test_another_failure_of_the_platform_says_what_to_do(cast, practice):
    client = cast.client(cast.lucia)
    state = the_state(leave(client, PRACTICE))

    page = client.get("/connected/", {"state": state, "error": "server_error"}, follow=True)

    assert "Begin again; if that does not help, ask your administrator." in page.text


def test_code_that_the_platform_does_not_know_connects_nothing(cast, practice):
    client = cast.client(cast.lucia)
    state = the_state(leave(client, PRACTICE))

    page = client.get("/connected/", {"state": state, "code": "made-up"}, follow=True)

    assert page.redirect_chain == [(PRACTICE, 302)]
    assert len(list(page.context["messages"])) == 1
    assert not SocialAccount.objects.exists()


def test_connection_that_took_too_long_begins_again(cast, practice):
    client = cast.client(cast.lucia)
    address = leave(client, PRACTICE)
    back = say_yes(practice, address, practice.open_account()["handle"])
    ConnectionAttempt.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "Begin again." in client.get(f"/connected/?{back}", follow=True).text
    assert not SocialAccount.objects.exists()


def test_coming_back_with_nothing_leads_home(cast):
    page = cast.client(cast.lucia).get("/connected/", follow=True)
    assert page.redirect_chain[0][0] == "/"
    assert "You did not begin to connect an account here." in page.text


def test_account_of_another_chapter_is_not_taken_over(cast, practice):
    taken = practice.connect(cast.porto)
    client = cast.client(cast.lucia)
    address = leave(client, PRACTICE)

    page = client.get(f"/connected/?{say_yes(practice, address, taken.handle)}", follow=True)

    assert "is connected to another chapter already" in page.text
    assert not cast.lisbon.social_accounts.exists()


@pytest.mark.parametrize("typed", ["", "not a server", "user@"])
def test_server_that_makes_no_sense_is_kept_with_a_sentence(cast, typed):
    page = cast.client(cast.lucia).post(url("account_connect_to", "mastodon"), {"host": typed})

    assert page.status_code == 422
    assert page.context["form"].errors["host"]
    if typed:
        assert f'value="{typed}"' in page.text


def test_server_that_does_not_answer_is_told_beside_the_field(cast):
    page = cast.client(cast.lucia).post(url("account_connect_to", "mastodon"), {"host": "127.0.0.1:9"})
    assert page.status_code == 422
    assert page.context["form"].errors["host"]
    assert not ConnectionAttempt.objects.exists()


def test_network_that_does_not_answer_promises_no_second_try(cast, practice):
    client, opened = cast.client(cast.lucia), practice.open_account()
    back = say_yes(practice, leave(client, PRACTICE), opened["handle"])
    registry.load({"sandbox_url": "http://127.0.0.1:9"})
    page = client.get(f"/connected/?{back}", follow=True)
    assert "could not be reached" in page.text
    assert "will try again" not in page.text
    assert "Nothing was connected. Try again in a few minutes." in page.text


def test_unknown_platform_is_not_there(cast):
    assert cast.client(cast.lucia).post(url("account_connect_to", "orkut")).status_code == 404


def test_practice_network_is_offered_only_where_there_is_one(cast, settings):
    client = cast.client(cast.lucia)
    assert PRACTICE in client.get(url("account_connect")).text
    try:
        registry.load({"allow_loopback": True})
        assert PRACTICE not in client.get(url("account_connect")).text
    finally:
        registry.load({"allow_loopback": True, "sandbox_url": settings.SANDBOX_URL})


# ---- connecting again


def test_broken_account_works_again_after_it_was_reconnected(cast, practice):
    account = practice.connect(cast.lisbon)
    SocialAccount.objects.filter(pk=account.pk).update(broken_at=timezone.now(), broken_message="Revoked.")
    accounts.pause(account=account, reason="Revoked.", by=cast.actor(cast.lucia))
    client = cast.client(cast.lucia)

    address = leave(client, url("account_reconnect", account.uid))
    client.get(f"/connected/?{say_yes(practice, address, account.handle)}")

    account = SocialAccount.objects.select_related("lane").get()
    assert (account.broken_at, account.lane.paused_at) == (None, None)


def test_signing_in_as_somebody_else_does_not_replace_the_account(cast, practice):
    account, other = practice.connect(cast.lisbon), practice.open_account()
    client = cast.client(cast.lucia)
    address = leave(client, url("account_reconnect", account.uid))

    page = client.get(f"/connected/?{say_yes(practice, address, other['handle'])}", follow=True)

    assert f"You signed in as {other['handle']}, but this is {account.handle}." in page.text
    assert cast.lisbon.social_accounts.count() == 1


def test_account_whose_tokens_nobody_can_read_can_be_connected_again(cast, practice):
    account = practice.connect(cast.lisbon)
    Credential.objects.filter(account=account).update(sealed="gone:AAAA")
    client = cast.client(cast.lucia)
    address = leave(client, url("account_reconnect", account.uid))

    client.get(f"/connected/?{say_yes(practice, address, account.handle)}")

    assert credentials.load(account).tokens["access_token"]


def test_account_of_a_platform_that_is_no_longer_offered_says_so(cast):
    account = posts.account(cast.lisbon)
    SocialAccount.objects.filter(pk=account.pk).update(platform="orkut")
    page = cast.client(cast.lucia).post(url("account_reconnect", account.uid))
    assert page.status_code == 422
    assert "no longer offers the platform" in page.text
    assert cast.client(cast.lucia).get(LIST).status_code == 200


# ---- pausing


def test_pause_needs_a_reason_and_shows_it(cast):
    account, client = posts.account(cast.lisbon), cast.client(cast.lucia)
    assert client.post(url("account_pause", account.uid), {"reason": " "}).status_code == 422

    client.post(url("account_pause", account.uid), {"reason": "Waiting for the new logo"})

    assert "Waiting for the new logo" in cast.client(cast.vera).get(LIST).text
    assert Event.objects.filter(verb="paused_account", actor=cast.lucia).count() == 1


def test_paused_account_resumes(cast):
    account = posts.account(cast.lisbon)
    accounts.pause(account=account, reason="x", by=cast.actor(cast.lucia))

    cast.client(cast.lucia).post(url("account_resume", account.uid))

    assert Lane.objects.get().paused_at is None
    assert Event.objects.filter(verb="resumed_account", actor=cast.lucia).count() == 1


def test_broken_account_does_not_resume_but_has_to_be_connected(cast):
    account = posts.account(cast.lisbon, broken_at=timezone.now())
    accounts.pause(account=account, reason="x", by=cast.actor(cast.lucia))

    page = cast.client(cast.lucia).post(url("account_resume", account.uid), follow=True)

    assert "has to be connected again" in page.text
    assert Lane.objects.get().paused_at is not None


# ---- letting go


def test_disconnecting_names_the_posts_that_would_stop(cast):
    account = posts.account(cast.lisbon)
    posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui, text="On the schedule")
    posts.draft(cast.lisbon, cast.ana, account, text="Only a draft")
    posts.scheduled(cast.lisbon, cast.ana, posts.account(cast.lisbon), reviewer=cast.rui, text="Elsewhere")

    page = cast.client(cast.lucia).get(url("account_disconnect", account.uid))

    assert "1 planned post would not go out there." in page.text
    assert [post.text for post in page.context["waiting"].posts] == ["On the schedule"]
    assert [post.text for post in page.context["drafts"].posts] == ["Only a draft"]
    assert SocialAccount.objects.filter(disconnected_at=None).count() == 2


def test_disconnecting_wipes_the_tokens_and_keeps_the_row(cast, practice):
    account = practice.connect(cast.lisbon)

    page = cast.client(cast.lucia).post(url("account_disconnect", account.uid), follow=True)

    assert not Credential.objects.exists()
    assert SocialAccount.objects.get().disconnected_at is not None
    assert "Disconnected" in page.text
    assert account.handle in page.text


def test_disconnected_account_is_no_longer_there_to_act_on(cast):
    account = posts.account(cast.lisbon, disconnected_at=timezone.now())
    client = cast.client(cast.lucia)
    for name in ("account_pause", "account_reconnect", "account_disconnect"):
        assert client.get(url(name, account.uid)).status_code == 404


# ---- who may


@pytest.mark.parametrize(
    "name", ["account_pause", "account_resume", "account_reconnect", "account_disconnect"]
)
def test_account_of_another_chapter_is_not_found(cast, name):
    account = posts.account(cast.porto)
    assert cast.client(cast.lucia).post(url(name, account.uid)).status_code == 404
    assert SocialAccount.objects.get().disconnected_at is None


@pytest.mark.parametrize(
    "name", ["account_pause", "account_resume", "account_reconnect", "account_disconnect"]
)
def test_editor_manages_accounts_only_where_the_chapter_says_so(cast, name):
    account = posts.account(cast.lisbon)
    client = cast.client(cast.rui)
    assert client.post(url(name, account.uid), {"reason": "x"}).status_code == 403
    Chapter.objects.filter(pk=cast.lisbon.pk).update(accounts_by=Chapter.AccountsBy.EDITORS)
    assert client.post(url(name, account.uid), {"reason": "x"}).status_code in (200, 302)


def test_those_who_may_not_manage_learn_whom_to_ask(cast):
    posts.account(cast.lisbon)
    text = cast.client(cast.vera).get(LIST).text
    assert "Lucia" in text
    assert url("account_connect") not in text
    assert "Disconnect it" not in text


def test_accounts_of_another_chapter_do_not_exist(cast):
    assert cast.client(cast.otto).get(LIST).status_code == 404


# ---- how they are


def state_of(account, **lane):
    Lane.objects.filter(account=account).update(**lane)
    account = SocialAccount.objects.select_related("lane").get(pk=account.pk)
    return health.of(account, now=timezone.now(), zone=account.chapter.zone)


def test_health_names_the_worst_first_and_the_next_step(cast):
    now = timezone.now()
    account = posts.account(cast.lisbon)
    assert state_of(account).kind == "success"
    assert state_of(account, not_before=now - timedelta(hours=1)).kind == "success"
    limited = state_of(account, not_before=now + timedelta(hours=1))
    assert (limited.kind, limited.step) == ("attention", health.Step.NOTHING)
    assert "by themselves" in limited.sentence
    paused = state_of(account, paused_at=now, paused_reason="New logo")
    assert (paused.step, "New logo" in paused.sentence) == (health.Step.RESUME, True)
    SocialAccount.objects.update(broken_at=now, broken_message="The access is revoked.")
    broken = state_of(account)
    assert (broken.kind, broken.step) == ("failure", health.Step.RECONNECT)
    assert broken.sentence.startswith("The access is revoked.")


def test_access_that_ends_soon_is_told_before(cast):
    account = posts.account(cast.lisbon, expires_at=timezone.now() + timedelta(days=3))
    assert state_of(account).step == health.Step.RECONNECT


def test_account_without_a_lane_is_shown(cast):
    Lane.objects.filter(account=posts.account(cast.lisbon)).delete()
    assert cast.client(cast.lucia).get(LIST).status_code == 200


def test_list_asks_the_same_number_of_queries_for_two_accounts_and_for_many(cast):
    for _ in range(2):
        posts.account(cast.lisbon, connected_by=cast.lucia)
    client = cast.client(cast.lucia)
    few = many.queries(client, LIST)
    for _ in range(30):
        posts.account(cast.lisbon, connected_by=cast.rui)
    assert many.queries(client, LIST) == few
