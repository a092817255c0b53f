"""Where a chapter's posts go out: its accounts, connecting them, pausing them and letting them go."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.notices import members_who_can
from chapters.permissions import Action, can
from posts import account_history, accounts, connecting, connection_links, doubts, health, pages, releasing
from posts.account_forms import DoubtForm, PauseForm
from posts.connecting import Party
from posts.models import SocialAccount
from posts.platforms.base import Listing
from posts.problems import Refused
from posts.publishing import keep_alive
from posts.views.connecting import one_account


@require_GET
@chapter_view(Action.SEE_ACCOUNTS)
def account_list(request: HttpRequest) -> HttpResponse:
    """Every account with how it is and what to do about it."""
    chapter, now = request.chapter, timezone.now()
    may_manage = can(request.membership, Action.MANAGE_ACCOUNTS)
    held = releasing.by_account(chapter) if may_manage else {}
    rows = [
        (account, health.of(account, now=now, zone=chapter.zone), held.get(account.pk, 0))
        for account in pages.connected(chapter)
    ]
    return render(
        request,
        "posts/account_list.html",
        {
            "rows": rows,
            "former": pages.disconnected(chapter),
            "begun": connecting.half_finished(Party(chapter, person=request.user)) if may_manage else [],
            "links": connection_links.open_links(chapter) if may_manage else [],
            "may_manage": may_manage,
            "managers": [] if may_manage else members_who_can(chapter, Action.MANAGE_ACCOUNTS),
        },
    )


@require_GET
@chapter_view(Action.SEE_ACCOUNTS)
def account_detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One account: how it is, how long its access lasts, what it may do, what is planned, what was done."""
    account, now, zone = one_account(request, uid), timezone.now(), request.chapter.zone
    context = {
        "account": account,
        "health": health.of(account, now=now, zone=zone),
        "access": health.access_words(account, zone),
        "may_manage": can(request.membership, Action.MANAGE_ACCOUNTS),
        "planned": pages.planned_for(account),
        "at_risk": keep_alive.planned_after(account),
        "held": releasing.waiting_for(account).count(),
        "lines": account_history.of(account),
    }
    return render(request, "posts/account_detail.html", context)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_waiting(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Posts that waited for this account: which of them still go out."""
    account = one_account(request, uid)
    if request.method == "POST":
        _release(request, account)
        return redirect("account_detail", slug=request.chapter.slug, uid=uid)
    rows = [(delivery, releasing.is_fresh(delivery)) for delivery in releasing.waiting_for(account)]
    return render(request, "posts/account_waiting.html", {"account": account, "rows": rows})


def _release(request: HttpRequest, account: SocialAccount) -> None:
    chosen = request.POST.getlist("delivery")
    going, refused = releasing.release(account=account, chosen=chosen, by=Actor.person(request.user))
    for sentence in dict.fromkeys(refused):
        messages.error(request, sentence)
    if going:
        said = ngettext("%(n)d post goes out now.", "%(n)d posts go out now.", len(going))
        messages.success(request, said % {"n": len(going)})
    elif not refused:
        messages.info(request, _("Nothing was ticked, so nothing goes out. The posts stay held."))


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_pause(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Hold back everything of one account, with a reason."""
    account = one_account(request, uid)
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
    account = one_account(request, uid)
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
    account = one_account(request, uid)
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
    account = one_account(request, uid)
    if request.method == "POST":
        parting = accounts.disconnect(account=account, by=Actor.person(request.user))
        messages.success(
            request,
            _("%(handle)s is disconnected, and the hub has forgotten its access.")
            % {"handle": account.handle},
        )
        if parting.advice:
            messages.warning(request, parting.advice)
        return _to_list(request)
    return render(
        request,
        "posts/account_disconnect.html",
        {"account": account, "waiting": pages.planned_for(account), "drafts": pages.drafts_for(account)},
    )


def _to_list(request: HttpRequest) -> HttpResponse:
    return redirect(reverse("account_list", args=[request.chapter.slug]))
