"""What every page of the admin has in common: whatever an administrator does is in the history, and what only
a verb may change cannot be typed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.forms import Form, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chapters import events
from chapters.events import Actor
from chapters.models import Chapter, Event

EVENTS_SHOWN = 100


class AuditedAdmin(admin.ModelAdmin):
    """Changes made here are events by the administrator; "History" shows all events of the row."""

    object_history_template = "chapters/admin_history.html"
    list_per_page = 50
    show_full_result_count = False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        lines = events.history(row).exclude(verb__in=events.QUIET)[:EVENTS_SHOWN] if row is not None else []
        return super().history_view(request, object_id, {**(extra_context or {}), "events": lines})

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or form.changed_data:
            self._record(request, obj, "changed_in_admin" if change else "added_in_admin", form.changed_data)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        self._record(request, obj, "deleted_in_admin", [])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            self._record(request, row, "deleted_in_admin", [])
        super().delete_queryset(request, queryset)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """Who may run this table's actions: `@admin.action(permissions=["repair"])`."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def _record(self, request: HttpRequest, row: models.Model, verb: str, fields: Iterable[str]) -> None:
        # a chapter that is deleted with its row could not be pointed at
        chapter = row if isinstance(row, Chapter) else getattr(row, "chapter", None)
        events.record(verb, row, chapter=chapter, by=Actor.person(request.user), fields=sorted(fields))


class ReadOnlyAdmin(AuditedAdmin):
    """To look at, and to repair by actions: a hand edit would go around the rules."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


def each(
    request: HttpRequest,
    rows: Iterable[models.Model],
    verb: Callable[[Any], object],
    *,
    refusals: type[Exception],
) -> None:
    """Do `verb` to each row in its own try; say how many it changed or found so, and why not the others.

    `refusals` is the exception by which the verb refuses; its text is a sentence for people. A verb that has
    nothing to do leaves no event by the administrator, and is not counted as done.
    """
    done = found_so = 0
    for row in rows:
        before = _newest_event()
        try:
            verb(row)
        except refusals as refused:
            messages.error(request, f"{row}: {refused}")
            continue
        if Event.objects.filter(actor=request.user, pk__gt=before).exists():
            done += 1
        else:
            found_so += 1
    if done:
        messages.success(request, ngettext("Done for %(n)d.", "Done for %(n)d.", done) % {"n": done})
    if found_so:
        nothing = ngettext(
            "%(n)d was left as it is: there was nothing to do.",
            "%(n)d were left as they are: there was nothing to do.",
            found_so,
        )
        messages.warning(request, nothing % {"n": found_so})


def _newest_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def ask_first(
    request: HttpRequest,
    model_admin: admin.ModelAdmin,
    rows: QuerySet,
    *,
    title: str,
    warning: str,
    form: Form,
) -> HttpResponse | None:
    """A page that asks before an action; None once it was answered with a valid `form`, bound to the POST."""
    if "confirmed" in request.POST and form.is_valid():
        return None
    if "confirmed" not in request.POST:
        form = type(form)()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "warning": warning,
        "rows": rows,
        "form": form,
        "action": request.POST["action"],
        "opts": model_admin.opts,
        "media": model_admin.media,
        "back": _("No, take me back"),
    }
    return render(request, "chapters/admin_ask.html", context)
