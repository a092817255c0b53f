"""Giving chapters the draft, now or at a time."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chapters.access import central_view
from chapters.events import Actor
from chapters.permissions import Action
from hubsite.lib import markdown, times
from playbooks import credits, planned, reviewing, teaching, template_changes
from playbooks.changes import changed_parts
from playbooks.errors import StaleDraft, TeachingError
from playbooks.forms import PublishForm
from playbooks.forms_entries import AskForm
from playbooks.models import Playbook
from playbooks.outline import missing, untouched
from playbooks.teaching import Draft

UNPROCESSABLE = 422
CONFLICT = 409


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_publish(request: HttpRequest, playbook: str) -> HttpResponse:
    """Look at what chapters would get, and give it to them."""
    found = _playbook(playbook)
    if request.method == "GET":
        return _page(request, _form(request, found, initial=_planned(request, found)), found)
    with timezone.override(_zone(request)):
        form = _form(request, found, request.POST)
        is_valid = form.is_valid()
    if not is_valid:
        return _page(request, form, found, status=UNPROCESSABLE)
    try:
        said = _publish(request, found, form)
    except StaleDraft as stale:
        messages.warning(
            request, _("The draft was saved after you opened this page. Look at it again, then publish.")
        )
        kept = {**form.cleaned_data, "draft_number": stale.playbook.draft_number}
        kept["publish_at"] = _wall_clock(request, kept["publish_at"])
        fresh = _playbook(playbook)
        return _page(request, _form(request, fresh, initial=kept), fresh, status=CONFLICT)
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return _page(request, form, found, status=UNPROCESSABLE)
    messages.success(request, said)
    return redirect("playbook_manage", playbook=found.slug)


def _publish(request: HttpRequest, playbook: Playbook, form: PublishForm) -> str:
    by, at = Actor.person(request.user), form.cleaned_data["publish_at"]
    if form.is_later:
        planned.plan(playbook=playbook, by=by, at=at, **form.words())
        return _("It is published on %(when)s.") % {"when": times.when(at, _zone(request))}
    version = teaching.publish(playbook=playbook, by=by, **form.words())
    return _("Version %(number)s is published.") % {"number": version.number}


def _planned(request: HttpRequest, playbook: Playbook) -> dict[str, Any]:
    """How the page opens: with the plan, where there is one."""
    plan = {"when": PublishForm.LATER, "change_note": playbook.publish_note, "alone": playbook.publish_alone}
    return {
        "draft_number": playbook.draft_number,
        "publish_at": _wall_clock(request, playbook.publish_at),
        **(plan if playbook.publish_at else {}),
    }


def _form(request: HttpRequest, playbook: Playbook, *sent: Any, **kwargs: Any) -> PublishForm:
    is_alone = not _is_approved(playbook) and reviewing.is_only_editor(request.user)
    return PublishForm(*sent, is_first=playbook.current is None, is_alone=is_alone, **kwargs)


def _page(request: HttpRequest, form: PublishForm, playbook: Playbook, *, status: int = 200) -> HttpResponse:
    is_approved = _is_approved(playbook)
    context = {
        "zone": times.zone_label(_zone(request)),
        "review": reviewing.of(playbook),
        "is_alone": form.is_alone,
        "may_publish": is_approved or form.is_alone,
        "is_own": playbook.draft_by_id == request.user.pk,
        "ask": AskForm(initial={"draft_number": playbook.draft_number}),
        "lacks": missing(playbook.body),
        "form": form,
        "playbook": playbook,
        "parts": changed_parts(Draft.of(playbook.current), Draft.of(playbook)) if playbook.current else None,
        "html": markdown.render(playbook.body),
        "template_changes": template_changes.of(playbook),
        "untouched": untouched(playbook.body),
        "owed": credits.owed(playbook),
    }
    return render(request, "playbooks/playbook_publish.html", context, status=status)


def _is_approved(playbook: Playbook) -> bool:
    review = reviewing.of(playbook)
    return review is not None and review.verdict == review.Verdict.APPROVED


def _zone(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """Where the person is, or else their chapter."""
    return zoneinfo.ZoneInfo(request.user.time_zone or request.chapter.time_zone)


def _wall_clock(request: HttpRequest, at: Any) -> Any:
    """The time as the person's clock shows it, for the field."""
    return at and timezone.make_naive(at, _zone(request))


def _playbook(slug: str) -> Playbook:
    return get_object_or_404(Playbook.objects.select_related("current", "owner", "draft_by"), slug=slug)
