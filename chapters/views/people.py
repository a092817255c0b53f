"""Who is in a chapter, and who is asked to join."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters import invitations
from chapters import membership as verbs
from chapters.access import chapter_view
from chapters.events import Actor
from chapters.forms import InviteForm, RoleForm
from chapters.models import Chapter, Invitation, Membership
from chapters.paging import page_of
from chapters.permissions import Action, Role, can
from chapters.problems import Refused

UNPROCESSABLE = 422
INVITATIONS_SHOWN = 100


@require_GET
@chapter_view(Action.SEE_PEOPLE)
def member_list(request: HttpRequest) -> HttpResponse:
    """The members with their roles and, for leads, the invitations that wait."""
    return _page(request, InviteForm())


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_PEOPLE)
def member_invite(request: HttpRequest) -> HttpResponse:
    """Ask somebody to join."""
    if request.method == "GET":  # who had to sign in again after pressing the button, or reloads the answer
        return redirect("member_list", slug=request.chapter.slug)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            invitations.invite(chapter=request.chapter, by=Actor.person(request.user), **form.cleaned_data)
        except Refused as refused:
            form.add_error("email", refused.message)
        else:
            messages.success(
                request,
                _("An invitation is on its way to %(email)s.") % {"email": form.cleaned_data["email"]},
            )
            return redirect("member_list", slug=request.chapter.slug)
    return _page(request, form, status=UNPROCESSABLE)


@require_POST
@chapter_view(Action.MANAGE_PEOPLE)
def invitation_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail a new link; the old one is dead."""
    invitation = _invitation(request, pk)
    try:
        invitations.resend(invitation=invitation, by=Actor.person(request.user))
        messages.success(
            request,
            _("A new link is on its way to %(email)s. The earlier one no longer works.")
            % {"email": invitation.email},
        )
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("member_list", slug=request.chapter.slug)


@require_POST
@chapter_view(Action.MANAGE_PEOPLE)
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    invitation = _invitation(request, pk)
    try:
        invitations.revoke(invitation=invitation, by=Actor.person(request.user))
        messages.success(
            request,
            _("The invitation of %(email)s is withdrawn; its link no longer works.")
            % {"email": invitation.email},
        )
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("member_list", slug=request.chapter.slug)


@require_POST
@chapter_view(Action.MANAGE_PEOPLE)
def member_role(request: HttpRequest, uid: str) -> HttpResponse:
    """Give a member another role."""
    member = _member(request, uid)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles on the list."))
        return redirect("member_list", slug=request.chapter.slug)
    role = form.cleaned_data["role"]
    try:
        verbs.change_role(membership=member, role=role, by=Actor.person(request.user))
        messages.success(
            request,
            _("%(person)s now has the role %(role)s.")
            % {"person": member.user.display_name, "role": Role(role).label},
        )
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("member_list", slug=request.chapter.slug)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_PEOPLE)
def member_remove(request: HttpRequest, uid: str) -> HttpResponse:
    """Ask first, then take somebody out of the chapter."""
    member = _member(request, uid)
    if request.method == "GET":
        return render(request, "chapters/member_remove.html", {"member": member, "chapter": request.chapter})
    try:
        verbs.remove(membership=member, by=Actor.person(request.user))
        messages.success(
            request,
            _("%(person)s is no longer a member. What they wrote and planned stays.")
            % {"person": member.user.display_name},
        )
    except Refused as refused:
        messages.error(request, refused.message)
    if member.user == request.user:
        return redirect("home")
    return redirect("member_list", slug=request.chapter.slug)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.SEE)
def member_leave(request: HttpRequest) -> HttpResponse:
    """Ask first, then go."""
    if request.method == "GET":
        return render(request, "chapters/member_leave.html", {"chapter": request.chapter})
    try:
        verbs.leave(membership=request.membership)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("member_list", slug=request.chapter.slug)
    messages.success(
        request, _("You have left %(chapter)s. Your posts stay with it.") % {"chapter": request.chapter.name}
    )
    return redirect("home")


def _page(request: HttpRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    chapter = request.chapter
    may_manage = can(request.membership, Action.MANAGE_PEOPLE)
    members = Membership.objects.filter(chapter=chapter).select_related("user")
    waiting = (
        invitations.open_invitations(chapter).select_related("invited_by")[:INVITATIONS_SHOWN]
        if may_manage
        else []
    )
    return render(
        request,
        "chapters/member_list.html",
        {
            "chapter": chapter,
            "page": page_of(request, members, "user__name"),
            "waiting": waiting,
            "may_manage": may_manage,
            "form": form,
            "roles": Role.choices,
            "rights": verbs.rights_by_role(chapter),
            "lacks_approvers": _lacks_approvers(chapter),
        },
        status=status,
    )


def _lacks_approvers(chapter: Chapter) -> bool:
    return (
        chapter.review_rule == Chapter.ReviewRule.REQUIRED
        and verbs.possible_approvers(chapter) < verbs.APPROVERS_NEEDED
    )


def _member(request: HttpRequest, uid: str) -> Membership:
    members = Membership.objects.filter(chapter=request.chapter).select_related("user", "chapter")
    return get_object_or_404(members, user__uid=uid)


def _invitation(request: HttpRequest, pk: int) -> Invitation:
    return get_object_or_404(Invitation.objects.filter(chapter=request.chapter), pk=pk)
