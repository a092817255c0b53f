"""Where a chapter's posts go out: its accounts, connecting them, pausing them and letting them go."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view, signed_in
from chapters.events import Actor
from chapters.models import Chapter
from chapters.notices import members_who_can
from chapters.permissions import Action, can
from posts import accounts, doubts, health, pages
from posts.account_forms import DoubtForm, PauseForm, connect_forms
from posts.models import SocialAccount
from posts.platforms.base import Listing
from posts.problems import Refused


@require_GET
@chapter_view(Action.SEE_ACCOUNTS)
def account_list(request: HttpRequest) -> HttpResponse:
    """Every account with how it is and what to do about it."""
    chapter, now = request.chapter, timezone.now()
    may_manage = can(request.membership, Action.MANAGE_ACCOUNTS)
    rows = [(account, health.of(account, now=now, zone=chapter.zone)) for account in pages.connected(chapter)]
    return render(
        request,
        "posts/account_list.html",
        {
            "rows": rows,
            "former": pages.disconnected(chapter),
            "may_manage": may_manage,
            "managers": [] if may_manage else members_who_can(chapter, Action.MANAGE_ACCOUNTS),
        },
    )


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_connect(request: HttpRequest) -> HttpResponse:
    """Choose a platform, and a server where the platform has many; then on to the platform."""
    chosen = request.POST.get("platform", "")
    forms = connect_forms(chosen, request.POST)
    form = next((form for form in forms if form.is_bound), None)
    if form is not None and form.is_valid():
        try:
            address = accounts.begin(
                chapter=request.chapter,
                person=request.user,
                platform=form.adapter.key,
                typed_host=form.typed_host,
            )
        except Refused as refusal:
            form.add_error("host" if form.adapter.needs_host else None, refusal.message)
        else:
            return _leave(request, address, form.adapter.label)
    return render(
        request,
        "posts/account_connect.html",
        {"forms": forms, "form": form},
        status=200 if request.method == "GET" else 422,
    )


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_reconnect(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Give the hub access to a known account again."""
    account = _account(request.chapter, uid)
    problem = ""
    if request.method == "POST":
        try:
            address = accounts.begin(
                chapter=request.chapter,
                person=request.user,
                platform=account.platform,
                typed_host=account.host,
                account=account,
            )
        except Refused as refusal:
            problem = refusal.message
        else:
            return _leave(request, address, health.platform_name(account.platform))
    context = {"account": account, "problem": problem}
    return render(request, "posts/account_reconnect.html", context, status=422 if problem else 200)


@require_GET
@signed_in
def connected(request: HttpRequest) -> HttpResponse:
    """The platform sent the person back: with a code, or with why not."""
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    attempt = accounts.begun(person=request.user, state=state)
    if attempt is None:
        messages.error(
            request,
            _("You did not begin to connect an account here. Begin on the accounts page of your chapter."),
        )
        return redirect("home")
    back = redirect("account_list", slug=attempt.chapter.slug)
    if not code:
        messages.error(request, _why_not(request.GET.get("error", ""), attempt.platform))
        return back
    try:
        account = accounts.complete(person=request.user, state=state, code=code)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return back
    messages.success(
        request,
        _("%(handle)s on %(platform)s is connected. Posts can go out through it now.")
        % {"handle": account.handle, "platform": health.platform_name(account.platform)},
    )
    return back


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_pause(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Hold back everything of one account, with a reason."""
    account = _account(request.chapter, uid)
    form = PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accounts.pause(account=account, reason=form.cleaned_data["reason"], by=Actor.person(request.user))
        messages.success(
            request, _("%(handle)s is paused. Nothing goes out there.") % {"handle": account.handle}
        )
        return _to_list(request)
    return render(
        request,
        "posts/account_pause.html",
        {"account": account, "form": form, "waiting": pages.planned_for(account)},
        status=422 if form.errors else 200,
    )


@require_POST
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_resume(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Let the posts of a paused account go again."""
    account = _account(request.chapter, uid)
    try:
        accounts.resume(account=account, by=Actor.person(request.user))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Posts go out through %(handle)s again.") % {"handle": account.handle})
    return _to_list(request)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_doubt(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What happens after a lost answer, and whether the hub may send again by itself."""
    account = _account(request.chapter, uid)
    form = DoubtForm(
        request.POST if request.method == "POST" else None, initial={"resend_absent": account.resend_absent}
    )
    if form.is_valid():
        try:
            accounts.set_resend_absent(
                account=account, allowed=form.cleaned_data["resend_absent"], by=Actor.person(request.user)
            )
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Saved for %(handle)s.") % {"handle": account.handle})
        return _to_list(request)
    can_tell = doubts.listing_of(account) == Listing.COMPLETE
    return render(
        request,
        "posts/account_doubt.html",
        {"account": account, "form": form if can_tell else None, "why": doubts.why_asked(account)},
    )


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_disconnect(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Let an account go, once the person saw which posts that would stop."""
    account = _account(request.chapter, uid)
    if request.method == "POST":
        accounts.disconnect(account=account, by=Actor.person(request.user))
        messages.success(
            request,
            _("%(handle)s is disconnected, and the hub has forgotten its access.")
            % {"handle": account.handle},
        )
        return _to_list(request)
    return render(
        request,
        "posts/account_disconnect.html",
        {"account": account, "waiting": pages.planned_for(account), "drafts": pages.drafts_for(account)},
    )


def _account(chapter: Chapter, uid: uuid.UUID) -> SocialAccount:
    """One of the chapter's connected accounts, or 404."""
    accounts_here = chapter.social_accounts.filter(disconnected_at=None).select_related("chapter", "lane")
    return get_object_or_404(accounts_here, uid=uid)


def _leave(request: HttpRequest, address: str, platform: str) -> HttpResponse:
    """Send the person on by a page of ours: browsers that keep forms to this site would stop a redirect."""
    return render(request, "posts/account_leave.html", {"address": address, "platform": platform})


def _to_list(request: HttpRequest) -> HttpResponse:
    return redirect(reverse("account_list", args=[request.chapter.slug]))


def _why_not(error: str, platform: str) -> str:
    if error == "access_denied":
        return _("You did not let the hub post there, so nothing was connected. Begin again if you want to.")
    return _(
        "%(platform)s sent you back without giving access. Begin again; if that does not help, ask your "
        "administrator."
    ) % {"platform": health.platform_name(platform)}
