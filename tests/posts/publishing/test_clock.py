"""Workers whose clock is not the database's do not begin, and notice when it drifts."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from posts import workflow
from posts.models import Delivery
from posts.publishing import clock
from tests.support import faketime, processes
from tests.support import posts as made

ROOT = Path(__file__).resolve().parents[3]
TALKING = """
import sys, django
django.setup()
from posts.publishing import clock
for line in sys.stdin:
    print(clock.agrees(), round(clock.skew()), clock.boot_clock(), flush=True)
"""


def hub_process(data: Path, command: list[str], fake: faketime.FakeClock, **options):
    env = processes.hub_environment(data, DJANGO_SETTINGS_MODULE="hubsite.settings")
    return subprocess.Popen(
        [sys.executable, *command], env=env | fake.environment(), cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip


@pytest.fixture
def fake(tmp_path):
    return faketime.FakeClock(tmp_path)


@pytest.fixture
def due(cast):
    post = made.draft(cast.porto, cast.alba)
    return workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba)).deliveries.get()


@pytest.mark.django_db
def test_database_time_moves_on_inside_a_transaction():
    first = clock.database_now()
    assert first.tzinfo is UTC
    while clock.database_now() <= first:
        pass
    assert abs(clock.skew()) < clock.SKEW_MAX
    assert clock.agrees()
    clock.require_agreement()


@pytest.mark.django_db
def test_asking_whether_the_clocks_agree_is_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        clock.agrees()


@pytest.mark.django_db
def test_slow_answer_is_no_proof_of_a_wrong_clock(monkeypatch):
    slow = iter([100.0, 110.0])  # ten seconds for the round trip: the true skew lies within five either way
    monkeypatch.setattr(clock.time, "monotonic", lambda: next(slow))
    assert clock.agrees()


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
@pytest.mark.parametrize(("offset", "says"), [("+3600", "ahead of"), ("-3600", "behind")])
def test_publish_refuses_to_start_with_a_wrong_clock(postgresql, tmp_path, fake, due, offset, says):
    fake.set(offset)
    process = hub_process(tmp_path, ["manage.py", "publish"], fake)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert f" s {says} the database's, so nothing is sent from here. Let both machines" in said
    assert "Traceback" not in said
    due.refresh_from_db()
    assert due.status == Delivery.Status.PENDING


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_celery_worker_ends_by_itself_with_a_wrong_clock(postgresql, tmp_path, fake, due):
    fake.set("+3600")
    command = ["-m", "celery", "-A", "hubsite", "worker", "--pool", "threads", "--queues", "publish,default"]
    process = hub_process(tmp_path, command, fake)
    out, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert " s ahead of the database's" in out + said
    due.refresh_from_db()
    assert due.status == Delivery.Status.PENDING


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_drift_and_return_are_seen_while_running(tmp_path, fake, due):
    process = hub_process(tmp_path, ["-c", TALKING], fake, stdin=subprocess.PIPE)
    boot: list[float] = []

    def ask() -> str:
        process.stdin.write("?\n")
        process.stdin.flush()
        agrees, skew, booted = process.stdout.readline().split()
        boot.append(float(booted))
        return f"{agrees} {skew}"

    # SQLite is asked inside the same process, so its clock is always this machine's
    alone = connection.vendor == "sqlite"
    assert ask() == "True 0"
    fake.set("+5")
    assert ask() == ("True 0" if alone else "False 5")
    fake.set("-3600")
    assert ask() == ("True 0" if alone else "False -3600")
    fake.set("+1")
    assert ask() == ("True 0" if alone else "True 1")
    process.communicate(timeout=30)
    assert boot == sorted(boot)
    assert boot[-1] - boot[0] < 60
