"""A post in several parts: each part after the one before it, each once."""

from __future__ import annotations

import dataclasses

import pytest
from django.utils import timezone

from posts import checking, limits, threads, workflow
from posts.models import Attempt, Delivery
from posts.platforms.base import Content
from posts.platforms.sandbox import SandboxAdapter
from posts.problems import Refused
from posts.publishing import repair
from posts.publishing.drain import Drain
from tests.posts.publishing.conftest import end_quarantine

pytestmark = pytest.mark.django_db(transaction=True)

D = Delivery.Status
TEXT = "One\n---\nTwo\n---\nThree"


@pytest.fixture(autouse=True)
def sent(monkeypatch) -> list[Content]:
    """The practice network takes threads of up to five parts; what it was asked to publish."""
    limits, publish, asked = SandboxAdapter.limits, SandboxAdapter.publish, []
    monkeypatch.setattr(
        SandboxAdapter, "limits", lambda self, told: dataclasses.replace(limits(self, told), thread_max=5)
    )

    def watched(self, content, credentials, **rest):
        asked.append(content)
        return publish(self, content, credentials, **rest)

    monkeypatch.setattr(SandboxAdapter, "publish", watched)
    return asked


def texts(practice, account) -> list[str]:
    return [post["text"] for post in practice.received(account)]


@pytest.mark.parametrize(
    ("text", "most", "parts"),
    [
        ("One", 25, ["One"]),
        (TEXT, 25, ["One", "Two", "Three"]),
        (TEXT, 1, ["One\n\nTwo\n\nThree"]),
        ("One\n -----  \n\nTwo\n---", 25, ["One", "Two"]),
        ("a --- b", 25, ["a --- b"]),
        ("---", 25, ["---"]),
        ("  kept as it is ", 1, ["  kept as it is "]),
    ],
)
def test_line_of_dashes_begins_the_next_part(text, most, parts):
    assert threads.parts(text, most=most) == parts


def test_parts_go_out_in_order_each_after_the_one_before(practice, account, write, send_now, sent):
    delivery = send_now(write(account, text=TEXT))

    assert delivery.status == D.PUBLISHED
    assert texts(practice, account) == ["One", "Two", "Three"]
    ids = [part["external_id"] for part in delivery.parts]
    assert len(set(ids)) == 3
    assert (delivery.external_id, delivery.message) == (ids[0], "")
    assert [content.reply_to and content.reply_to.parent.external_id for content in sent] == [None, *ids[:2]]
    assert {content.reply_to.root.external_id for content in sent[1:]} == {ids[0]}
    assert len(set(Attempt.objects.values_list("key", flat=True))) == 3


@pytest.mark.parametrize("keys", ["honoured", "ignored"])
@pytest.mark.parametrize("part", [1, 2, 3])
def test_lost_answer_to_any_part_is_looked_for_and_the_thread_goes_on(
    practice, account, write, cast, look, keys, part
):
    practice.trait(account, keys=keys, show_keys=keys == "honoured")
    practice.misbehave(account, "accept_then_drop", every=part)
    post = write(account, text=TEXT)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Drain().run_due()
    delivery = post.deliveries.get()
    assert (delivery.status, len(delivery.parts)) == (D.UNCONFIRMED, part - 1)

    delivery = look(delivery)

    assert (delivery.status, len(delivery.parts)) == (D.PUBLISHED, 3)
    assert texts(practice, account) == ["One", "Two", "Three"]


def test_two_equal_parts_are_two_posts(practice, account, write, send_now, look):
    practice.trait(account, keys="ignored", show_keys=False)
    practice.misbehave(account, "accept_then_drop", every=2)

    delivery = look(send_now(write(account, text="Again\n---\nAgain")))

    assert delivery.status == D.PUBLISHED
    assert len({part["external_id"] for part in delivery.parts}) == 2
    assert texts(practice, account) == ["Again", "Again"]


def test_thread_that_has_begun_cannot_be_taken_off_the_schedule(practice, account, write, cast):
    practice.misbehave(account, "error_before", every=2)
    post = write(account, text=TEXT)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Drain().run_due()
    post.refresh_from_db()

    with pytest.raises(Refused):
        workflow.unschedule(post=post, by=cast.actor(cast.alba))


def test_what_is_out_of_a_thread_stays_when_the_account_is_let_go(practice, account, write, cast):
    practice.misbehave(account, "refuse", status=422, every=2)
    post = write(account, text=TEXT)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Drain().run_due()
    delivery = post.deliveries.get()
    assert delivery.status == D.FAILED

    repair.skip(delivery=delivery, by=cast.actor(cast.alba))

    delivery.refresh_from_db()
    assert delivery.status == D.PUBLISHED
    assert delivery.message.startswith("1 of 3 parts")


def test_part_confirmed_by_hand_ends_the_thread_and_says_so(practice, account, write, cast):
    practice.misbehave(account, "accept_then_drop", every=2)
    post = write(account, text=TEXT)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Drain().run_due()
    delivery = post.deliveries.get()
    second = practice.received(account)[-1]
    end_quarantine(delivery)

    repair.confirm(
        delivery=delivery,
        permalink=f"{practice.url}/@{account.handle}/{second['id']}",
        by=cast.actor(cast.alba),
    )

    delivery.refresh_from_db()
    assert delivery.status == D.PUBLISHED
    assert delivery.message.startswith("2 of 3 parts")


def test_each_part_has_to_fit_and_is_told_by_its_number(account, write):
    long = "x" * 501

    found = limits.problems(write(account, text=f"One\n---\n{long}"))

    assert [(one.field, one.message[:7]) for one in found] == [("text", "Part 2:")]


def test_thread_of_too_many_parts_is_refused_before_anything_is_sent(account, write):
    found = limits.problems(write(account, text="\n---\n".join("abcdef")))

    assert "at most 5 parts" in found[0].message


def test_longest_part_is_what_counts_in_the_composer(account):
    (finding,) = checking.look(
        checking.offer([account]), text="One\n---\nTwo and more\n---\nThree", own={}, link="", images=()
    )

    assert (finding.used, finding.problems) == (len("Two and more"), [])
