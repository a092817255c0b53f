"""Asks the hub for a page as one person, and sees what that did to the database. Nothing of it stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.test import RequestFactory
from django.test.client import ClientHandler

# Not the record of anything: who is signed in, and what the next page has to tell them.
NOT_WATCHED = frozenset({"django_session", "django_migrations"})

NOBODY = ""

_WRITE = re.compile(
    r'^\s*(INSERT\s+INTO|INSERT\s+OR\s+\w+\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO)'
    r'\s+(?:ONLY\s+)?["`]?(\w+)',
    re.IGNORECASE,
)  # fmt: skip


def tell(wrong: Sequence[str]) -> None:
    """Fail with everything that was wrong, a line each."""
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@dataclass
class Answer:
    """What came back, and which tables were written to."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    wrote: set[str] = field(default_factory=set)
    kept_in_session: bool = False
    seen: Any = None

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def is_to_sign_in(self) -> bool:
        return self.status == 302 and self.location.startswith(resolve_url(settings.LOGIN_URL))

    @property
    def is_refusal(self) -> bool:
        return self.is_to_sign_in or self.status in {401, 403, 404, 405}


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Run the block in a savepoint that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def watching() -> Iterator[set[str]]:
    """The tables that statements in the block write to."""
    wrote: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := _WRITE.match(sql):
            wrote.add(found[2])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield wrote


def row_counts(tables: Sequence[str]) -> dict[str, int]:
    """How many rows each table has, in one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f'(SELECT count(*) FROM "{table}")' for table in tables))
        return dict(zip(tables, cursor.fetchone(), strict=True))


class Browser(RequestFactory):
    """Sends requests like Django's test client, but builds the middleware once and keeps no contexts."""

    def __init__(self) -> None:
        super().__init__()
        self._handlers = {csrf: ClientHandler(enforce_csrf_checks=csrf) for csrf in (False, True)}
        self.csrf = False

    def request(self, **request: Any) -> HttpResponse:
        return self._handlers[self.csrf](self._base_environ(**request))


class Asker:
    """Asks as any person. Each request begins with the database as it was when the asker was made: what a
    request did is rolled back, but for refusals, whose doings would show in `changed()`."""

    def __init__(self, cookies: Mapping[str, str]) -> None:
        self.cookies = cookies  # column -> session key
        self.browser = Browser()
        self.tables = sorted(set(connection.introspection.table_names()) - NOT_WATCHED)
        self.before = row_counts(self.tables)
        self._nothing: dict[tuple[str, str], Answer] = {}

    def ask(
        self, who: str, method: str, path: str, data: Mapping[str, Any] | None = None, *, csrf: bool = False,
        look: Callable[[], Any] | None = None, **headers: str,
    ) -> Answer:  # fmt: skip
        """Send one request as the person in column `who`, or as NOBODY.

        With `csrf` the check stands. `look` is called before what the request did is rolled back, and what it
        returns is the answer's `seen`.
        """
        browser = self.browser
        browser.csrf = csrf
        browser.cookies.clear()
        if who:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[who]
        with transaction.atomic(), watching() as wrote:
            if data is None:
                response = browser.generic(method, path, headers=headers)
            else:
                response = getattr(browser, method.lower())(path, data, headers=headers)
            body = b"".join(response) if response.streaming else response.content
            answer = Answer(response.status_code, body, response.headers)
            answer.seen = look() if look else None
            transaction.set_rollback(not answer.is_refusal)
        answer.wrote = wrote - NOT_WATCHED
        answer.kept_in_session = "django_session" in wrote
        return answer

    def changed(self) -> dict[str, int]:
        """How many rows tables gained or lost by all the refused requests so far."""
        now = row_counts(self.tables)
        return {table: now[table] - count for table, count in self.before.items() if now[table] != count}

    def nothing(self, who: str, method: str) -> Answer:
        """What `who` gets at the address of a chapter that does not exist."""
        if (who, method) not in self._nothing:
            self._nothing[who, method] = self.ask(who, method, "/c/no-such-chapter/posts/new/")
        return self._nothing[who, method]
