"""A platform is one adapter and one registry line: a made-up one works without any other change."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.events import Actor
from posts import composing, connecting, removal, workflow
from posts.connecting import Party
from posts.models import Delivery, SocialAccount
from posts.platforms import registry
from posts.platforms.base import (
    Adapter,
    AppKeys,
    Connection,
    Content,
    Counts,
    Credentials,
    Idempotency,
    Limits,
    Listing,
    Mark,
    Problem,
    Profile,
    Published,
    ReadBack,
    Seen,
    UnknownOutcome,
)
from posts.platforms.http import Http
from posts.platforms.text import graphemes, problems
from posts.problems import Refused
from posts.publishing import queue
from posts.publishing.drain import Drain

pytestmark = pytest.mark.django_db(transaction=True)

BOARD: dict[str, tuple[str, datetime]] = {}  # the platform itself: id to text and time
LOSES: list[bool] = []  # whether the next answers are lost


class ToyAdapter(Adapter):
    """A board on which a post is at most twenty characters."""

    key = "toy"
    label = "Toy board"
    mark = Mark("T", "platform-toy")
    idempotency = Idempotency.NONE
    needs_host = False
    stage_ahead = 10.0
    takes_down = True

    def __init__(self, http: Http, *, app: AppKeys) -> None:
        self._ids = itertools.count(1)

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        return Limits(text_max=20, text_required=True, images_max=0)

    def count(self, text: str, limits: Limits) -> int:
        return graphemes(text)

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        return problems(content, limits, length=self.count(content.text, limits), who=self.label)

    def compose_text(self, content: Content) -> str:
        return content.text

    def clean_host(self, typed: str) -> str:
        return ""

    def register_app(self, host: str, *, redirect_uri: str, deadline: float) -> None:
        return None

    def authorize_url(self, host: str, app: Any, *, redirect_uri: str, state: str, code_verifier: str) -> str:
        return f"https://toy.example/agree?state={state}"

    def exchange(self, host: str, app: Any, **found: Any) -> tuple[Connection, ...]:
        return (Connection(Profile("board-1", "@board", "The board"), {"access_token": found["code"]}),)

    def refresh(self, credentials: Credentials, app: Any, *, deadline: float) -> None:
        return None

    def revoke(self, credentials: Credentials, app: Any, *, deadline: float) -> None:
        return None

    def stage(self, content: Content, credentials: Credentials, **rest: Any) -> dict[str, Any]:
        return {}

    def publish(self, content: Content, credentials: Credentials, **rest: Any) -> Published:
        post_id = str(next(self._ids))
        BOARD[post_id] = (content.text, datetime.now(UTC))
        if LOSES and LOSES.pop():
            raise UnknownOutcome("The board gave no clear answer.")
        return Published(post_id, f"https://toy.example/{post_id}")

    def listing(self, capabilities: Mapping[str, Any]) -> Listing:
        return Listing.COMPLETE

    def read_back(self, content: Content, credentials: Credentials, **rest: Any) -> ReadBack:
        seen = [
            Seen(post_id, f"https://toy.example/{post_id}", at, text) for post_id, (text, at) in BOARD.items()
        ]
        return ReadBack(tuple(seen), complete=True)

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        BOARD.pop(external_id, None)

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        return {}


@pytest.fixture(autouse=True)
def toy(monkeypatch, practice):
    BOARD.clear()
    LOSES.clear()
    monkeypatch.setitem(registry.REGISTERED, "toy", ToyAdapter)  # the one line
    registry.load({"apps": {"toy": AppKeys("id", "secret")}})


@pytest.fixture
def account(cast) -> SocialAccount:
    party = Party(cast.porto, cast.paulo)
    state = connecting.begin(party=party, platform="toy").partition("state=")[2]
    return connecting.come_back(attempt=connecting.begun(state), party=party, code="code")


def written(cast, account: SocialAccount, text: str) -> Any:
    draft = composing.Draft(text, targets={account.pk: None})
    by: Actor = cast.actor(cast.alba)
    return composing.create(chapter=cast.porto, by=by, form_key=uuid.uuid4(), draft=draft)


def send(cast, account: SocialAccount, text: str = "Hello, board") -> Delivery:
    post = written(cast, account, text)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Drain().run_due()
    return post.deliveries.get()


def test_it_is_offered_where_accounts_are_connected(cast):
    page = cast.client(cast.paulo).get(reverse("account_connect", args=[cast.porto.slug]))

    assert "Toy board" in page.content.decode()


def test_its_own_limit_is_told_before_anything_is_sent(cast, account):
    with pytest.raises(Refused, match="1 too long for Toy board"):
        workflow.schedule(post=written(cast, account, "x" * 21), at=timezone.now(), by=cast.actor(cast.alba))


def test_post_goes_out_and_is_found_again_after_a_lost_answer(cast, account):
    LOSES.append(True)
    delivery = send(cast, account)
    assert delivery.status == Delivery.Status.UNCONFIRMED

    Delivery.objects.update(check_at=timezone.now() - timedelta(seconds=1))
    queue.retime([account.pk])
    Drain().run_due()

    delivery.refresh_from_db()
    assert (delivery.status, len(BOARD)) == (Delivery.Status.PUBLISHED, 1)
    assert delivery.permalink == "https://toy.example/1"


def test_its_page_shows_it_and_it_can_be_taken_down(cast, account):
    delivery = send(cast, account)
    url = reverse("post_detail", args=[cast.porto.slug, delivery.post.uid])
    page = cast.client(cast.alba).get(url).content.decode()
    assert "Toy board" in page
    assert "Take it down" in page

    removal.take_down(delivery=delivery, by=cast.actor(cast.alba))

    assert BOARD == {}
