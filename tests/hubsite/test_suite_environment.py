"""What the suite itself promises: its servers, its guard against the network, its clean database."""

import os
import socket

import pytest
from django.conf import settings
from django.db import connection, transaction

from chapters.events import SYSTEM, record
from chapters.models import Event, Region
from hubsite.lib import broker
from tests.conftest import Wake, guard


def test_settings_come_from_the_suite_and_not_from_the_machine():
    assert str(settings.DATA_DIR).startswith(os.environ["HUB_TESTS_FOLDER"])
    assert settings.DEBUG is False


@pytest.mark.usefixtures("postgresql")
def test_suite_runs_on_postgresql():
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        assert cursor.fetchone()[0].startswith("PostgreSQL")


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_append_only_rows_do_not_outlive_a_transactional_test(round_):
    assert not Event.objects.exists()
    record("tested", Region.objects.create(name="North"), chapter=None, by=SYSTEM)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        Event.objects.update(verb="changed")


def test_connection_to_another_machine_is_refused():
    with socket.socket() as client, pytest.raises(OSError, match="this machine"):
        client.connect(("192.0.2.1", 80))
    with pytest.raises(OSError, match="this machine"):
        socket.getaddrinfo("example.org", 80)
    assert guard.refused == ["connect 192.0.2.1:80", "getaddrinfo example.org:80"]
    guard.refused.clear()


def test_wake_ups_are_recorded_instead_of_sent(wakes):
    assert broker.wake("posts.drain", queue="publish")
    assert wakes == [Wake("posts.drain", "publish")]


def test_redis_answers_freezes_and_thaws(redis_server):
    assert redis_server.answers()
    redis_server.freeze()
    assert not redis_server.answers()
    redis_server.thaw()
    assert redis_server.answers()


def test_chromium_opens_a_page(new_page):
    page = new_page(width=360)
    page.goto("data:text/html,<title>Hello</title>")
    assert page.title() == "Hello"
