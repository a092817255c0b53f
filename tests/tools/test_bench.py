"""The benchmark's own parts: what it compares with, and what it takes for granted."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from posts.models import Delivery, Lane, Post
from posts.platforms.base import Content, Credentials
from posts.platforms.egress import Egress
from posts.platforms.http import Http
from posts.platforms.sandbox import SandboxAdapter
from posts.publishing import queue
from tests.support import posts
from tools.bench import drain, figures, machine, platform, raw

CREDENTIALS = Credentials("", "a1", {"access_token": "t"})


@pytest.fixture
def served():
    with machine.serving() as running:
        yield running


def publish(served: platform.Platform, text: str, key: str) -> str:
    adapter = SandboxAdapter(Http(Egress(allow_loopback=True, origin=served.url)), base_url=served.url)
    return adapter.publish(Content(text), CREDENTIALS, staged={}, key=key, deadline=10).external_id


def test_the_platform_speaks_to_the_adapter_and_counts_repeated_keys(served):
    served.begin(0.0)

    first, other, again = (publish(served, text, key) for text, key in [("a", "1"), ("b", "2"), ("a", "1")])

    received = served.received()
    assert first == again != other
    assert [text for _, text in received.receipts] == ["a", "b", "a"]
    assert (received.repeats, received.duplicates(), received.others) == (1, 1, 0)


def test_a_post_that_comes_again_under_another_key_is_a_duplicate(served):
    served.begin(0.0)

    publish(served, "a", "1")
    publish(served, "a", "2")

    assert (served.received().repeats, served.received().duplicates()) == (0, 1)


def test_a_repeat_in_a_later_round_is_seen(served):
    served.begin(0.0)
    publish(served, "a", "1")
    served.begin(0.0)

    publish(served, "a", "1")

    assert served.received().repeats == 1


def test_the_platform_notes_the_receipt_and_answers_after_its_latency(served):
    served.begin(0.2)
    begun = time.time()

    publish(served, "a", "1")

    assert time.time() - begun >= 0.2
    assert served.received().times[0] - begun < 0.2


@pytest.mark.parametrize("kind", [drain.REQUESTS, drain.SOCKETS])
def test_raw_loops_send_every_post_once_with_as_many_in_flight_as_said(served, tmp_path, kind):
    texts = raw.write_posts(tmp_path / "posts", "post", 21)
    served.begin(0.0)

    with subprocess.Popen(
        [sys.executable, "-m", "tools.bench.raw", kind, str(served.port), "4", str(tmp_path / "posts")],
        cwd=machine.ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as loop:  # fmt: skip
        assert loop.stdout.readline() == "ready\n"
        served.begin(0.05)
        loop.communicate(f"{time.time()}\n", timeout=20)

    received = served.received()
    assert loop.returncode == 0
    assert sorted(text for _, text in received.receipts) == sorted(texts)
    assert (received.peak, received.repeats, received.others) == (4, 0, 0)


def test_the_rate_of_a_perfect_client_is_what_is_in_flight_by_the_latency():
    times = [0.3 * wave for wave in range(10) for _ in range(32)]

    assert figures.rate(times, 32) == figures.steady_rate(times, 32) == pytest.approx(32 / 0.3)


def test_a_straggler_counts_but_not_in_the_steady_rate():
    times = [0.3 * wave for wave in range(10) for _ in range(32)]
    times[-1] += 0.3

    assert figures.rate(times, 32) == pytest.approx(9 * 32 / 3.0)
    assert figures.steady_rate(times, 32) == pytest.approx(32 / 0.3)


def test_too_little_is_not_measured():
    with pytest.raises(ValueError, match="too few"):
        figures.rate([1.0, 2.0], 2)


@pytest.mark.django_db
def test_bulk_rows_are_what_scheduling_would_have_made(cast):
    from tools.bench import rows

    (account,) = rows.federation(1, name="bench")
    due = timezone.now() + timedelta(hours=1)
    scheduled = posts.scheduled(account.chapter, account.connected_by, account, text="one 0", at=due)
    ours = Lane.objects.get(account=account).next_due_at
    queue.withdraw(scheduled)

    rows.schedule([account], [due], label="one")

    by_verb = posts.scheduled(account.chapter, account.connected_by, account, text="one 0", at=due)
    in_bulk = Delivery.objects.exclude(post=by_verb).get()
    assert Lane.objects.get(account=account).next_due_at == ours == due
    assert same(in_bulk.post, by_verb, Post, but={"submitted_by"}) == {}
    assert same(in_bulk, by_verb.deliveries.get(), Delivery, but={"post"}) == {}


def same(one, other, model, *, but: set[str]) -> dict[str, tuple[object, object]]:
    """The fields that differ, without those that are each row's own."""
    own = {"id", "uid", "form_key", "created_at", "updated_at"} | but
    names = [field.name for field in model._meta.concrete_fields if field.name not in own]
    return {
        name: (getattr(one, name), getattr(other, name))
        for name in names
        if getattr(one, name) != getattr(other, name)
    }
