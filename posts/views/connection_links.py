"""Connection links: made by a chapter, and opened by whoever owns an account, without one on the hub."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable

from allauth.core.internal import ratelimit  # its public face lets every GET through
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view, public
from chapters.events import Actor
from chapters.permissions import Action
from posts import connection_links, introductions
from posts.account_forms import LinkForm, form_of
from posts.connecting import Party
from posts.models import ConnectionAttempt, ConnectionLink, SocialAccount
from posts.platforms import registry
from posts.problems import Refused
from posts.views.connecting_steps import DONE, LINK, choosing, offered, opened, start

RATE = "connection_link"  # of ACCOUNT_RATE_LIMITS

GONE, NOT_FOUND, TOO_MANY = 410, 404, 429

View = Callable[..., HttpResponse]


# ---- the chapter's side


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_ACCOUNTS)
def connection_link_new(request: HttpRequest) -> HttpResponse:
    """Make a link; the address is shown once, on the page that answers."""
    account = _account_meant(request)
    form = LinkForm(request.POST if request.method == "POST" else None)
    made = None
    if form.is_valid():
        made = connection_links.make(
            chapter=request.chapter,
            by=Actor.person(request.user),
            platform=form.cleaned_data["platform"],
            account=account,
        )
    context = {"form": form, "account": account, "days": connection_links.LIFE.days}
    if made is not None:
        context["link"], context["address"] = made
    page = render(request, "posts/connection_link_new.html", context, status=422 if form.errors else 200)
    page["Cache-Control"] = "private, no-store"
    return page


@require_POST
@chapter_view(Action.MANAGE_ACCOUNTS)
def connection_link_revoke(request: HttpRequest, link: uuid.UUID) -> HttpResponse:
    """Withdraw a link."""
    found = get_object_or_404(request.chapter.connection_links.select_related("chapter"), uid=link)
    try:
        connection_links.revoke(link=found, by=Actor.person(request.user))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The link is withdrawn. Whoever opens it learns that."))
    return redirect("account_list", slug=request.chapter.slug)


def _account_meant(request: HttpRequest) -> SocialAccount | None:
    """The account that is to be connected again, where the address names one of the chapter's."""
    uid = request.POST.get("account") or request.GET.get("account", "")
    try:
        known = uuid.UUID(uid)
    except ValueError:
        return None
    return request.chapter.social_accounts.filter(disconnected_at=None, uid=known).first()


# ---- the owner's side


def of_a_link(view: View) -> View:
    """A page for whoever opened a link that works; everybody else learns what to do. Rate limited."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not _is_calm(request):
            wait = _("Too many tries at once. Wait a minute, then load this page again.")
            return _closed(request, _("A moment, please"), wait, TOO_MANY)
        link = opened(request)
        if link is None:
            ask = _(
                "Open the link that you were sent once more, all of it. Still no luck? Ask whoever sent it "
                "for a new one."
            )
            return _closed(request, _("This link does not work"), ask, NOT_FOUND)
        if link.used_at and (handle := request.session.get(DONE)):
            return render(request, "posts/connection_done.html", {"link": link, "handle": handle})
        if sentence := connection_links.obstacle(link):
            return _closed(request, _("This link no longer works"), sentence, GONE)
        return view(request, link, *args, **kwargs)

    return guarded


@require_GET
@never_cache
@public
def connection_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself. It only remembers what was opened, so that a mail scanner uses up nothing, and leaves
    the address with the token in it before anything can go wrong: errors are logged with their address."""
    digest = connection_links.digest_of(token)
    if _is_calm(request) and connection_links.find(digest) is not None:
        request.session[LINK] = digest
        request.session.pop(DONE, None)
    else:
        request.session.pop(LINK, None)
    return redirect("connection_offer")


@require_GET
@never_cache
@public
@of_a_link
def connection_offer(request: HttpRequest, link: ConnectionLink) -> HttpResponse:
    """Which chapter and hub asks for what, and the platforms to choose from."""
    adapters = [each for each in registry.offered() if link.platform in ("", each.key)]
    context = {
        "link": link,
        "introductions": introductions.all_of(adapters),
        "hub_name": settings.HUB_NAME,
    }
    return render(request, "posts/connection_offer.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("password")
@public
@of_a_link
def connection_begin(request: HttpRequest, link: ConnectionLink, platform: str) -> HttpResponse:
    """The steps of one platform; then on to it."""
    if link.platform not in ("", platform):
        return redirect("connection_offer")
    adapter = offered(platform)
    account = link.account
    typed = {"host": introductions.proposed_host(adapter)}
    if account is not None:
        typed = {"host": account.host, "identifier": account.handle.removeprefix("@")}
    if request.method == "POST":
        form = form_of(adapter, {**(typed if account else {}), **request.POST.dict()})
        party = Party(link.chapter, link=link)
        if form.is_valid() and (answer := start(request, party, adapter, form, account=account)):
            return answer
    else:
        form = form_of(adapter, initial=typed)
    context = {"link": link, "introduction": introductions.of(adapter), "form": form}
    return render(request, "posts/connection_begin.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@never_cache
@public
@of_a_link
def connection_choose(request: HttpRequest, link: ConnectionLink, begun: uuid.UUID) -> HttpResponse:
    """Which of the accounts that the platform showed is meant."""
    attempts = ConnectionAttempt.objects.select_related("account", "chapter", "link")
    attempt = get_object_or_404(attempts, link=link, uid=begun)
    return choosing(request, attempt, Party(link.chapter, link=link), "posts/connection_choose.html")


def _is_calm(request: HttpRequest) -> bool:
    """Whether this address has not asked too often in the last minute; it is counted here."""
    usage = ratelimit.consume(request, app="allauth.account", action=RATE, limit_get=True)
    return usage is not None


def _closed(request: HttpRequest, title: str, text: str, status: int) -> HttpResponse:
    return render(request, "posts/connection_closed.html", {"title": title, "text": text}, status=status)
