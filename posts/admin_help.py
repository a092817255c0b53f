"""The administrator's pages for help with posts: to look at, and to end a request."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chapters.adminbase import ReadOnlyAdmin, each
from chapters.events import Actor
from posts import helping
from posts.models import HelpRequest, Thanks
from posts.problems import Refused


@admin.register(HelpRequest)
class HelpRequestAdmin(ReadOnlyAdmin):
    list_display = [
        "post", "chapter", "of_chapter", "taken_by", "asked_by", "may_approve", "wanted_by", "created_at",
        "answered_at", "closed_at",
    ]  # fmt: skip
    list_filter = [
        "may_approve",
        ("of_chapter", admin.EmptyFieldListFilter),
        ("closed_at", admin.EmptyFieldListFilter),
        "created_at",
    ]
    list_select_related = ["post__chapter", "of_chapter", "asked_by", "taken_by", "taken_by_chapter"]
    search_fields = ["post__uid", "post__text", "post__chapter__name", "note", "asked_by__email"]
    actions = ["end"]

    @admin.display(description=_("chapter"), ordering="post__chapter__name")
    def chapter(self, request: HelpRequest) -> Any:
        return request.post.chapter

    @admin.action(description=_("End the request"), permissions=["repair"])
    def end(self, request: HttpRequest, queryset: QuerySet[HelpRequest]) -> None:
        def close(asked: HelpRequest) -> None:
            helping.close_help(request=asked, by=Actor.person(request.user))

        rows = queryset.select_related("post__chapter", "of_chapter", "taken_by", "taken_by_chapter")
        each(request, rows, close, refusals=Refused)


@admin.register(Thanks)
class ThanksAdmin(ReadOnlyAdmin):
    list_display = ["by_chapter", "by", "to_chapter", "to", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["by_chapter", "by", "to_chapter", "to"]
    search_fields = ["by_chapter__name", "to_chapter__name", "by__email", "to__email", "text"]
