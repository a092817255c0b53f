"""The administrator's pages for posts: all to be found, nothing typed over, repairs through the verbs."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from chapters.models import Event
from playbooks import practising
from posts import (
    accounts,
    connection_links,
    credentials,
    helping,
    media_grants,
    media_store,
    practices,
    workflow,
)
from posts.composing import Picture
from posts.models import (
    Breaker,
    ConnectionAttempt,
    Credential,
    Delivery,
    DrainSlot,
    Heartbeat,
    HelpRequest,
    Lane,
    PlatformApp,
    Post,
)  # fmt: skip
from posts.platforms.base import AppKeys, Limits
from tests.support import many, posts
from tests.support.cast import BACKEND

SECRET = "a-token-nobody-may-read"

MODELS = sorted(apps.get_app_config("posts").get_models(), key=lambda model: model._meta.model_name)
GROWING = ["post", "delivery", "attempt", "target", "lane", "postrevision", "helprequest", "review"]
NAMES = [model._meta.model_name for model in MODELS]


def page_of(name, page="changelist", *args):
    return reverse(f"admin:posts_{name}_{page}", args=args)


@pytest.fixture
def ada(cast):
    return cast.client(cast.ada)


@pytest.fixture
def filled(cast):
    """At least one row in every table of posts."""
    account = posts.account(cast.lisbon, connected_by=cast.lucia)
    credentials.save(account, {"access_token": SECRET})
    credentials.save_app("mastodon", "masto.example.org", AppKeys("client", SECRET))
    ConnectionAttempt.objects.create(
        chapter=cast.lisbon, person=cast.lucia, platform="sandbox", state_hash="x", sealed_verifier=SECRET,
        expires_at=timezone.now(),
    )  # fmt: skip
    connection_links.make(chapter=cast.lisbon, by=cast.actor(cast.lucia))
    media = posts.picture(cast.lisbon, cast.ana)
    picture = Picture(str(media.uid), "A teal square")
    post = posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui, pictures=(picture,))
    asked = helping.ask_help(post=post, of_chapter=cast.central, by=cast.actor(cast.ana))
    workflow.comment(post=post, membership=cast.membership(cast.cato), text="Shorter, please.")
    helping.thank(request=asked, membership=cast.membership(cast.ana), text="It is better now")
    practice = practising.name(
        words=practising.Words("Ask", "A question at the end.", "Replies."),
        playbooks=[],
        by=cast.actor(cast.cato),
    )
    practices.mark(post=post, practices=[practice], by=cast.actor(cast.ana))
    Breaker.objects.create(platform="mastodon", host="masto.example.org", retries_at=timezone.now())
    DrainSlot.objects.create(number=0)
    Breaker.objects.create(platform="sandbox", retries_at=timezone.now())
    Heartbeat.objects.create(name="worker", kind="worker", at=timezone.now())
    fitted = media_store.fitted(media, Limits(text_max=500, image_width_max=8))
    media_grants.grant([media_grants.Wanted(post.deliveries.get(), media, fitted)], timezone.now())
    return posts.settled(post, "failed")


def run(client, name, action, *rows, **fields):
    """Choose an action for some rows, and answer what it asks."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(page_of(name), data | fields, follow=True)


pytestmark = pytest.mark.django_db


# ---- looking


def first(name):
    row = apps.get_model("posts", name).objects.first()
    assert row is not None, f"the test has no {name}"
    return row


def test_every_table_is_listed_searched_and_shown_with_its_history(ada, filled):
    for name in NAMES:
        key = first(name).pk
        for address in (
            page_of(name),
            page_of(name) + "?q=a+b",
            page_of(name, "change", key),
            page_of(name, "history", key),
        ):
            assert ada.get(address).status_code == 200, address


def test_nothing_is_added_changed_or_deleted_by_hand(ada, filled):
    for name in NAMES:
        key = first(name).pk
        assert ada.get(page_of(name, "add")).status_code == 403, name
        answer = ada.post(page_of(name, "change", key), {"status": "published"})
        assert answer.status_code == 403, name
        assert ada.post(page_of(name, "delete", key), {"post": "yes"}).status_code == 403, name
        assert 'name="_save"' not in ada.get(page_of(name, "change", key)).text, name


def test_no_secret_is_shown(ada, filled):
    sealed = [
        Credential.objects.get().sealed,
        PlatformApp.objects.get().sealed_secret,
        ConnectionAttempt.objects.get().sealed_verifier,
    ]
    for name in NAMES:
        for address in (page_of(name), page_of(name, "change", first(name).pk)):
            text = ada.get(address).text
            assert not any(secret in text for secret in [SECRET, *sealed]), address


def test_history_of_a_post_is_its_events(ada, filled):
    text = ada.get(page_of("post", "history", filled.pk)).text
    for verb in ("submit", "approve", "schedule"):
        assert verb in text


@pytest.mark.parametrize(
    "name", ["post", "delivery", "attempt", "target", "lane", "postrevision", "helprequest"]
)
def test_list_asks_the_same_number_of_queries_for_few_rows_and_for_many(cast, ada, name):
    def fill(number):
        for _ in range(number):
            post = posts.scheduled(cast.porto, cast.alba)
            helping.ask_help(post=post, of_chapter=cast.central, by=cast.actor(cast.alba))
            workflow.comment(post=post, membership=cast.membership(cast.eva), text="Lovely")
            posts.settled(post, "failed")

    fill(2)
    few = many.queries(ada, page_of(name))
    fill(6)
    assert many.queries(ada, page_of(name)) == few


def test_pages_are_for_administrators(cast, filled):
    for person in (cast.lucia, cast.cleo):
        assert cast.client(person).get(page_of("post")).status_code == 302


def test_staff_without_the_right_to_change_gets_no_actions(cast, filled):
    from django.contrib.auth.models import Permission

    cast.cato.is_staff = True
    cast.cato.save()
    cast.cato.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client = cast.client(cast.cato)
    assert client.get(page_of("delivery")).status_code == 200
    run(client, "delivery", "retry", Delivery.objects.get())
    assert Delivery.objects.get().status == "failed"


# ---- repairing


def test_retry_sends_again_through_the_verb_and_is_in_the_history(cast, ada, filled):
    run(ada, "delivery", "retry", Delivery.objects.get())

    assert Delivery.objects.get().status == "pending"
    assert Post.objects.get().status == "publishing"
    assert Event.objects.filter(verb="retried", actor=cast.ada, chapter=cast.lisbon).count() == 1


def test_retry_never_touches_what_may_be_out(cast, ada):
    posts.settled(posts.scheduled(cast.porto, cast.alba), "unconfirmed")
    page = run(ada, "delivery", "retry", Delivery.objects.get())
    assert Delivery.objects.get().status == "unconfirmed"
    assert "nothing was changed" in page.text


def test_one_refusal_does_not_stop_the_other_rows(cast, ada, filled):
    posts.settled(posts.scheduled(cast.porto, cast.alba), "published")
    run(ada, "delivery", "retry", *Delivery.objects.order_by("-id"))
    assert sorted(Delivery.objects.values_list("status", flat=True)) == ["pending", "published"]


def test_skip_asks_first(cast, ada, filled):
    delivery = Delivery.objects.get()
    assert "will not send them any more" in run(ada, "delivery", "skip", delivery).text
    assert Delivery.objects.get().status == "failed"

    run(ada, "delivery", "skip", delivery, confirmed="yes")

    assert Delivery.objects.get().status == "skipped"
    assert Event.objects.filter(verb="skipped", actor=cast.ada).exists()


def test_unschedule_takes_a_post_off(cast, ada):
    post = posts.scheduled(cast.porto, cast.alba)
    run(ada, "post", "unschedule", post)
    assert Post.objects.get().status == "scheduled"
    run(ada, "post", "unschedule", post, confirmed="yes")
    assert Post.objects.get().status == "draft"
    assert Event.objects.filter(verb="unschedule", actor=cast.ada).exists()


@pytest.mark.parametrize("name", ["lane", "socialaccount"])
def test_lane_is_paused_with_a_reason_and_resumed(cast, ada, name):
    account = posts.account(cast.lisbon)
    row = account if name == "socialaccount" else account.lane
    run(ada, name, "pause", row, confirmed="yes", reason="")
    assert Lane.objects.get().paused_at is None
    run(ada, name, "pause", row, confirmed="yes", reason="Checking something")
    assert Lane.objects.get().paused_reason == "Checking something"
    run(ada, name, "resume", row)
    assert Lane.objects.get().paused_at is None
    assert set(Event.objects.filter(actor=cast.ada).values_list("verb", flat=True)) == {
        "paused_account", "resumed_account",
    }  # fmt: skip


def test_broken_account_is_not_resumed(cast, ada):
    account = posts.account(cast.lisbon, broken_at=timezone.now())
    accounts.pause(account=account, reason="Revoked", by=cast.actor(cast.lucia))
    assert "has to be connected again" in run(ada, "lane", "resume", account.lane).text
    assert Lane.objects.get().paused_at is not None


def test_account_is_disconnected_once_the_administrator_said_so(cast, ada, filled):
    account = filled.targets.get().account
    run(ada, "socialaccount", "disconnect", account)
    assert Credential.objects.exists()
    run(ada, "socialaccount", "disconnect", account, confirmed="yes")
    assert not Credential.objects.exists()


def test_request_for_help_is_ended(cast, ada, filled):
    run(ada, "helprequest", "end", HelpRequest.objects.get())
    assert HelpRequest.objects.get().closed_at is not None
    assert Event.objects.filter(verb="closed_help", actor=cast.ada).exists()


# ---- in a browser


@pytest.mark.django_db(transaction=True)
def test_lane_is_paused_with_a_reason_in_a_browser(cast, filled, live_server, new_page):
    client = cast.client()
    client.force_login(cast.ada, backend=BACKEND)
    page, said = new_page(), []
    page.context.add_cookies(
        [{"name": "hub_session", "value": client.cookies["hub_session"].value, "url": live_server.url}]
    )
    page.on("console", lambda message: said.append(f"{message.location['url']}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    page.goto(live_server.url + page_of("lane"))
    page.check("input[name=_selected_action] >> nth=0")
    page.select_option("select[name=action]", "pause")
    page.click("button[name=index]")
    page.fill("input[name=reason]", "Checking something")
    page.click("input[type=submit]")
    assert Lane.objects.get().paused_reason == "Checking something"
    assert [line for line in said if "/favicon.ico: " not in line] == []
