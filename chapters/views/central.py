"""The central team founds chapters and finds them a lead. It sees their names and regions here, no more."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters import founding, invitations
from chapters.access import central_view
from chapters.events import Actor
from chapters.forms import ChapterForm, LeadForm
from chapters.membership import active_leads
from chapters.models import Chapter, Invitation, Membership, Region
from chapters.paging import page_of
from chapters.permissions import Action, Role, can
from chapters.problems import Refused

UNPROCESSABLE = 422


@require_GET
@central_view(Action.SEE)
def chapter_list(request: HttpRequest) -> HttpResponse:
    """Every chapter by region, and which of them nobody leads."""
    query = request.GET.get("q", "").strip()
    region = request.GET.get("region", "")
    chapters = _chapters().annotate(
        has_lead=Exists(
            Membership.objects.filter(chapter=OuterRef("pk"), role=Role.LEAD, user__is_active=True)
        ),
        region_name=Coalesce("region__name", Value("")),
    )
    if query:
        chapters = chapters.filter(Q(name__icontains=query) | Q(region__name__icontains=query))
    if region:
        chapters = chapters.filter(region__slug=region)
    return render(
        request,
        "chapters/chapter_list.html",
        {
            "page": page_of(request, chapters, "region_name", "name"),
            "query": query,
            "region": region,
            "regions": Region.objects.all(),
            "may_found": can(request.membership, Action.FOUND),
        },
    )


@require_http_methods(["GET", "POST"])
@central_view(Action.FOUND)
def chapter_create(request: HttpRequest) -> HttpResponse:
    """Found a chapter and invite its first lead."""
    form = ChapterForm(request.POST if request.method == "POST" else None)
    if request.method == "GET":
        return render(request, "chapters/chapter_create.html", {"form": form})
    if form.is_valid():
        try:
            chapter = founding.create_chapter(by=Actor.person(request.user), **form.cleaned_data)
        except Refused as refused:
            form.add_error("slug", refused.message)
        else:
            return _created(request, chapter, form.cleaned_data["first_lead"])
    return render(request, "chapters/chapter_create.html", {"form": form}, status=UNPROCESSABLE)


@require_http_methods(["GET", "POST"])
@central_view(Action.FOUND)
def chapter_invite_lead(request: HttpRequest, chapter: str) -> HttpResponse:
    """Invite a lead into a chapter that has no active one."""
    found = _chapter(chapter)
    form = LeadForm(request.POST if request.method == "POST" else None)
    if request.method == "GET":
        return _lead_page(request, found, form)
    if form.is_valid():
        try:
            invitations.invite(
                chapter=found,
                email=form.cleaned_data["email"],
                role=Role.LEAD,
                by=Actor.person(request.user),
            )
        except Refused as refused:
            form.add_error("email", refused.message)
        else:
            messages.success(
                request,
                _("An invitation is on its way to %(email)s. The members of %(chapter)s were told.")
                % {"email": form.cleaned_data["email"], "chapter": found.name},
            )
            return redirect("chapter_invite_lead", chapter=found.slug)
    return _lead_page(request, found, form, status=UNPROCESSABLE)


@require_POST
@central_view(Action.FOUND)
def chapter_lead_resend(request: HttpRequest, chapter: str, pk: int) -> HttpResponse:
    """Mail a new link to a lead the central team invited."""
    found = _chapter(chapter)
    return _answer(
        request,
        found,
        pk,
        invitations.resend,
        _("A new link is on its way. The earlier one no longer works."),
    )


@require_POST
@central_view(Action.FOUND)
def chapter_lead_revoke(request: HttpRequest, chapter: str, pk: int) -> HttpResponse:
    """Take back an invitation the central team made."""
    found = _chapter(chapter)
    return _answer(
        request, found, pk, invitations.revoke, _("The invitation is withdrawn; its link no longer works.")
    )


def _answer(request: HttpRequest, chapter: Chapter, pk: int, verb, done: str) -> HttpResponse:
    invitation = get_object_or_404(_made_by_central(chapter), pk=pk)
    try:
        verb(invitation=invitation, by=Actor.person(request.user))
        messages.success(request, done)
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("chapter_invite_lead", chapter=chapter.slug)


def _created(request: HttpRequest, chapter: Chapter, first_lead: str) -> HttpResponse:
    if not first_lead:
        messages.success(
            request, _("%(chapter)s is founded. It needs a lead next.") % {"chapter": chapter.name}
        )
        return redirect("chapter_invite_lead", chapter=chapter.slug)
    messages.success(
        request,
        _("%(chapter)s is founded, and an invitation is on its way to %(email)s.")
        % {"chapter": chapter.name, "email": first_lead},
    )
    return redirect("chapter_list")


def _lead_page(request: HttpRequest, chapter: Chapter, form: LeadForm, status: int = 200) -> HttpResponse:
    return render(
        request,
        "chapters/chapter_invite_lead.html",
        {
            "chapter": chapter,
            "form": form,
            "has_lead": active_leads(chapter).exists(),
            "waiting": _made_by_central(chapter).select_related("invited_by"),
        },
        status=status,
    )


def _chapters() -> QuerySet[Chapter]:
    return (
        Chapter.objects.filter(kind=Chapter.Kind.CHAPTER)
        .exclude(state=Chapter.State.LEFT)
        .select_related("region")
    )


def _chapter(slug: str) -> Chapter:
    return get_object_or_404(_chapters(), slug=slug)


def _made_by_central(chapter: Chapter) -> QuerySet[Invitation]:
    """Open invitations that the central team made; those of the chapter itself are not its business."""
    return (
        invitations.open_invitations(chapter)
        .filter(role=Role.LEAD, invited_by__memberships__chapter__kind=Chapter.Kind.CENTRAL)
        .exclude(invited_by__memberships__chapter=chapter)
    )
