"""Several workers and people at once."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from posts import composing, workflow
from posts.models import Attempt, Delivery, Post
from posts.problems import Refused
from posts.publishing import claim, queue
from posts.publishing.drain import Drain
from tests.support import processes

pytestmark = pytest.mark.django_db(transaction=True)


def draft(cast, *accounts, text="At the same time"):
    return composing.create(
        chapter=cast.porto,
        by=cast.actor(cast.alba),
        form_key=uuid.uuid4(),
        draft=composing.Draft(text, targets={account.pk: None for account in accounts}),
    )


def schedule_now(cast, post):
    return workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))


@pytest.mark.processes
def test_four_workers_send_each_post_once_and_keep_each_accounts_order(cast, practice):
    accounts = [practice.connect(cast.porto) for _ in range(3)]
    for number in range(20):
        schedule_now(cast, draft(cast, *accounts, text=f"Number {number:02}"))
    env = processes.hub_environment(processes.data_folder("race"))

    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                processes.process(["manage.py", "publish"], env, processes.data_folder("race") / "worker.log")
            )
            for _ in range(4)
        ]
        assert [worker.wait(120) for worker in workers] == [0, 0, 0, 0]
    Drain().run_due()  # a worker that lost every lane to the others leaves at once; nothing may be left over

    assert Counter(Post.objects.values_list("status", flat=True)) == {"published": 20}
    for account in accounts:
        assert [p["text"] for p in practice.received(account)] == [f"Number {n:02}" for n in range(20)]


def together(*jobs):
    """Run the jobs at the same moment, each with a database connection of its own."""
    gate = threading.Barrier(len(jobs))
    failures: list[BaseException] = []

    def run(job):
        try:
            gate.wait()
            job()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failures


def test_unscheduling_at_the_last_moment_wins_or_loses_but_never_halfway(cast, practice):
    account = practice.connect(cast.porto)
    outcomes = Counter()
    for _ in range(8):
        post = schedule_now(cast, draft(cast, account))
        before = len(practice.received(account))

        failures = together(
            lambda: Drain(senders=2).run_due(),
            lambda post=post: workflow.unschedule(post=post, by=cast.actor(cast.alba)),
        )
        Drain().run_due()

        assert all(isinstance(failure, Refused) for failure in failures), failures
        post.refresh_from_db()
        sent = len(practice.received(account)) - before
        assert (post.status, sent) in {(Post.Status.PUBLISHED, 1), (Post.Status.DRAFT, 0)}
        outcomes[post.status] += 1
    assert sum(outcomes.values()) == 8


def test_one_lane_is_claimed_by_one_worker_however_many_ask(cast, practice):
    account = practice.connect(cast.porto)
    schedule_now(cast, draft(cast, account))
    claimed = []

    together(*[lambda n=n: claimed.extend(claim.take(claim.due(5), owner=f"worker-{n}")) for n in range(6)])

    assert [lease.account_id for lease in claimed] == [account.pk]


def test_two_people_publishing_at_once_make_one_delivery(cast, practice):
    account = practice.connect(cast.porto)
    post = draft(cast, account)

    together(lambda: schedule_now(cast, post), lambda: schedule_now(cast, post))
    Drain().run_due()

    assert Delivery.objects.filter(post=post).count() == 1
    assert len(practice.received(account)) == 1


def test_double_click_makes_one_post(cast, practice):
    account = practice.connect(cast.porto)
    key = uuid.uuid4()
    wanted = composing.Draft("Clicked twice", targets={account.pk: None})

    together(
        *[lambda: composing.create(chapter=cast.porto, by=cast.actor(cast.alba), form_key=key, draft=wanted)]
        * 3
    )

    assert Post.objects.filter(form_key=key).count() == 1


def test_loser_of_a_claim_sends_nothing(cast, practice):
    account = practice.connect(cast.porto)
    schedule_now(cast, draft(cast, account))
    (stale,) = claim.take(claim.due(1), owner="slow")
    claim.release([stale])
    (fresh,) = claim.take(claim.due(1), owner="fast")

    assert claim.renew([stale]) == []
    assert claim.renew([fresh]) == [fresh]
    assert Attempt.objects.count() == 0


def test_lane_learns_of_an_earlier_post(cast, practice):
    account = practice.connect(cast.porto)
    later = timezone.now() + timedelta(hours=2)
    workflow.schedule(post=draft(cast, account), at=later, by=cast.actor(cast.alba))
    account.lane.refresh_from_db()
    assert account.lane.next_due_at == later

    schedule_now(cast, draft(cast, account))
    queue.retime([account.pk])

    account.lane.refresh_from_db()
    assert account.lane.next_due_at < timezone.now()
