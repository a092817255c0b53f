"""Tables that the hub writes by itself: administrators read them here, and change them nowhere."""

from __future__ import annotations

from django.contrib import admin

from playbooks.admin_base import CountedAdmin, ReadOnlyAdmin
from playbooks.models import Answer, AnswerPromise, HelpfulMark, Proposal, Question, SearchText, SearchWord


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ["subject_type", "part", "chapter", "by_chapter", "by", "state", "created_at"]
    list_filter = ["state", "subject_type", "created_at"]
    list_select_related = ["chapter", "by_chapter", "by"]
    search_fields = ["note", "offered", "answer"]


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    list_display = ["title", "chapter", "asker", "audience", "state", "promised_at", "first_answered_at"]
    list_filter = ["state", "audience", "created_at"]
    list_select_related = ["chapter", "asker"]
    search_fields = ["title", "body", "chapter__name"]


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ["question", "by", "by_chapter", "created_at", "hidden_at"]
    list_filter = ["created_at"]
    list_select_related = ["question", "by", "by_chapter"]
    search_fields = ["body", "question__title"]


@admin.register(SearchText)
class SearchTextAdmin(ReadOnlyAdmin):
    list_display = ["title", "kind", "language"]
    list_filter = ["kind", "language"]
    search_fields = ["title"]


@admin.register(SearchWord)
class SearchWordAdmin(ReadOnlyAdmin):
    list_display = ["word"]
    search_fields = ["word"]


@admin.register(HelpfulMark)
class HelpfulMarkAdmin(CountedAdmin):
    things = ("answer",)
    list_select_related = ["answer__by_chapter"]
    search_fields = ["answer__body", "answer__question__title"]


@admin.register(AnswerPromise)
class AnswerPromiseAdmin(ReadOnlyAdmin):
    list_display = ["chapter", "working_days"]
    list_select_related = ["chapter"]
    search_fields = ["chapter__name"]
