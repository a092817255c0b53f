from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.access.asking import Asker, nothing_stays
from tests.access.stage import Stage, set_up


@pytest.fixture
def _django_db_helper(request: pytest.FixtureRequest) -> None:
    """pytest-django's own, but not around tests on the stage: that is a transaction already, and Django's
    TestCase would close the connection under it. Every request there is rolled back by the asker."""
    if "stage" not in request.fixturenames:
        request.getfixturevalue("_django_db_helper")


@pytest.fixture(scope="module")
def stage(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Stage]:
    """The stage, set up once a module in a transaction that is rolled back after its last test."""
    log = logging.getLogger("django.request")
    level = log.level
    log.setLevel(logging.ERROR)  # thousands of refusals are what is wanted here
    with django_db_blocker.unblock(), transaction.atomic():
        yield set_up()
        transaction.set_rollback(True)
    log.setLevel(level)


@pytest.fixture(scope="module")
def troupe(stage: Stage) -> Asker:
    return Asker(stage.cookies)


@pytest.fixture
def asker(troupe: Asker) -> Iterator[Asker]:
    """Asks as anybody on the stage; after the test the stage is as it was."""
    with nothing_stays():
        yield troupe
