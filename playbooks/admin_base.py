"""What the admin pages of this app have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Min, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chapters.models import User
from playbooks import reviewing


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the hub writes."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class OwnerForm(forms.ModelForm):
    """Who keeps something: those whom the central team's own page offers, and whoever does now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("owner"):
            people = [person.pk for person in reviewing.editors()] + [self.instance.owner_id]
            field.queryset = User.objects.filter(pk__in=people).order_by("name")


class CountedAdmin(ReadOnlyAdmin):
    """What people keep to themselves: how often there is each thing, and neither whose nor when."""

    things: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """One row stands for all about the same thing."""
        every = self.model._default_manager.order_by().values(*self.things)
        same = every.filter(**{name: OuterRef(name) for name in self.things})
        return (
            super()
            .get_queryset(request)
            .filter(pk__in=every.annotate(first=Min("pk")).values("first"))
            .annotate(count=Subquery(same.annotate(n=Count("pk")).values("n")))
        )

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.things, "how_many"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*self.things, "how_many"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.get_fields(request, obj)

    @admin.display(description=_("how many"), ordering="count")
    def how_many(self, row: Any) -> int:
        return row.count


class AnonymousAdmin(ReadOnlyAdmin):
    """Rows that name a chapter only where it said something with its name; the others not even when."""

    def is_named(self, row: Any) -> bool:
        """Whether the chapter gave its name with it."""
        raise NotImplementedError

    @admin.display(description=_("chapter"))
    def whose(self, row: Any) -> Any:
        return row.chapter if self.is_named(row) else None
