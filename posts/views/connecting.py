"""Connecting an account: choose a platform, go there, come back, say which account it is."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view, public
from chapters.permissions import Action
from posts import connecting, introductions
from posts.account_forms import asks_password, form_of
from posts.connecting import Party
from posts.models import ConnectionAttempt, SocialAccount
from posts.platforms import registry
from posts.platforms.base import PlatformError
from posts.problems import NotYours, Refused
from posts.views.connecting_steps import again, arrived, choosing, offered, opened, start, to_choice


@require_GET
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_connect(request: HttpRequest) -> HttpResponse:
    """Choose a platform."""
    return render(
        request,
        "posts/account_connect.html",
        {"introductions": introductions.all_of(), "begun": connecting.half_finished(_party(request))},
    )


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_connect_to(request: HttpRequest, platform: str) -> HttpResponse:
    """The steps of one platform; then on to it."""
    adapter = offered(platform)
    if request.method == "POST":
        form = form_of(adapter, request.POST)
        if form.is_valid() and (answer := start(request, _party(request), adapter, form)):
            return answer
    else:
        host = request.GET.get("host") or introductions.proposed_host(adapter)
        form = form_of(adapter, initial={"host": host})
    context = {"introduction": introductions.of(adapter), "form": form}
    return render(request, "posts/account_connect_to.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_reconnect(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Give the hub access to a known account again."""
    account = one_account(request, uid)
    context = {"account": account}
    try:
        adapter = registry.get(account.platform)
    except PlatformError as error:
        status = 422 if request.method == "POST" else 200
        context["problem"] = error.message
        return render(request, "posts/account_reconnect.html", context, status=status)
    typed = {"host": account.host, "identifier": account.handle.removeprefix("@")}
    # the button in the list comes without the password that some platforms want
    answered = request.method == "POST" and ("password" in request.POST or not asks_password(adapter))
    form = form_of(adapter, {**typed, **request.POST.dict()} if answered else None, initial=typed)
    if form.is_valid() and (answer := start(request, _party(request), adapter, form, account=account)):
        return answer
    context |= {"form": form, "introduction": introductions.of(adapter)}
    return render(request, "posts/account_reconnect.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_choose(request: HttpRequest, begun: uuid.UUID) -> HttpResponse:
    """Which of the accounts that the platform showed is the chapter's."""
    return choosing(request, _own(request, begun), _party(request), "posts/account_choose.html")


@require_POST
@chapter_view(Action.MANAGE_ACCOUNTS)
def account_drop(request: HttpRequest, begun: uuid.UUID) -> HttpResponse:
    """Forget a connection that was begun."""
    connecting.drop(_own(request, begun))
    messages.success(request, _("Dropped. Nothing was connected."))
    return redirect("account_list", slug=request.chapter.slug)


@require_GET
@never_cache
@public
def connected(request: HttpRequest) -> HttpResponse:
    """The platform sent the person back: with a code, or with why not."""
    attempt = connecting.begun(request.GET.get("state", ""))
    party = _party_of(request, attempt)
    if attempt is None or party is None:
        return _not_theirs(request, attempt)
    code = request.GET.get("code", "")
    if not code:
        connecting.drop(attempt)
        messages.error(request, connecting.why_not(request.GET.get("error", ""), attempt.platform))
        return again(attempt)
    try:
        account = connecting.come_back(
            attempt=attempt, party=party, code=code, issuer=request.GET.get("iss", "")
        )
    except NotYours as refusal:
        messages.error(request, refusal.message)
        return redirect("account_list", slug=attempt.chapter.slug)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return again(attempt)
    if account is None:
        return to_choice(attempt)
    return arrived(request, party, account)


def _not_theirs(request: HttpRequest, attempt: ConnectionAttempt | None) -> HttpResponse:
    """Somebody came back with what they did not begin, or not in this browser."""
    if attempt is not None and attempt.link is not None:
        return redirect("connection_offer")
    if attempt is not None and not request.user.is_authenticated:  # the session ended meanwhile
        return redirect_to_login(request.get_full_path())
    messages.error(
        request,
        _("You did not begin to connect an account here. Begin on the accounts page of your chapter."),
    )
    return redirect("home")


def one_account(request: HttpRequest, uid: uuid.UUID) -> SocialAccount:
    """One of the chapter's connected accounts, or 404."""
    accounts_here = request.chapter.social_accounts.filter(disconnected_at=None)
    return get_object_or_404(accounts_here.select_related("chapter", "lane", "connected_by"), uid=uid)


def _party(request: HttpRequest) -> Party:
    return Party(request.chapter, person=request.user)


def _party_of(request: HttpRequest, attempt: ConnectionAttempt | None) -> Party | None:
    """Who began `attempt`, if it is who came back with it."""
    if attempt is None:
        return None
    if attempt.link is not None:
        link = opened(request)
        return Party(link.chapter, link=link) if link == attempt.link else None
    return Party(attempt.chapter, person=request.user) if attempt.person_id == request.user.pk else None


def _own(request: HttpRequest, begun: uuid.UUID) -> ConnectionAttempt:
    """What this person began in this chapter, or 404."""
    attempts = ConnectionAttempt.objects.select_related("account", "chapter")
    return get_object_or_404(attempts, chapter=request.chapter, person=request.user, uid=begun)
