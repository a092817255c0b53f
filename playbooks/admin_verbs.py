"""Verbs on rows that an administrator chose from a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from chapters.events import Actor
from playbooks.errors import TeachingError


def each(
    page: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet, verb: Callable[[Any, Actor], object]
) -> None:
    """Run `verb` on each row in a try of its own, and say what came of it."""
    done = 0
    for row in queryset:
        try:
            verb(row, Actor.person(request.user))
        except TeachingError as refused:
            page.message_user(request, f"{row}: {refused.message}", messages.WARNING)
        else:
            done += 1
    if done:
        page.message_user(
            request, ngettext("%(n)d done.", "%(n)d done.", done) % {"n": done}, messages.SUCCESS
        )
