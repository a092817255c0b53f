"""Verbs on rows that an administrator chose from a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from chapters import adminbase
from chapters.events import Actor
from playbooks.errors import TeachingError


def each(request: HttpRequest, queryset: QuerySet, verb: Callable[[Any, Actor], object]) -> None:
    """Run `verb` on each row in a try of its own, and say what came of it."""
    by = Actor.person(request.user)
    adminbase.each(request, queryset, lambda row: verb(row, by), refusals=TeachingError)
