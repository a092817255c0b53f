"""What members and whoever opened a connection link have in common on the way to a connected account."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from posts import connecting, connection_links, health, releasing
from posts.account_forms import AppPasswordForm, ChoiceForm
from posts.connecting import Party
from posts.models import ConnectionAttempt, ConnectionLink, SocialAccount
from posts.platforms import registry
from posts.platforms.base import Adapter, PlatformError
from posts.problems import Refused

LINK = "connection_link"  # in the session: the digest of the token that was opened
DONE = "connected_by_link"  # in the session: what was connected, for the last page


def opened(request: HttpRequest) -> ConnectionLink | None:
    """The link that was opened in this browser."""
    return connection_links.find(request.session.get(LINK, ""))


def offered(platform: str) -> Adapter:
    """The adapter named in an address. Raises Http404 for a platform that this hub does not offer."""
    for adapter in registry.offered():
        if adapter.key == platform:
            return adapter
    raise Http404


def start(
    request: HttpRequest,
    party: Party,
    adapter: Adapter,
    form: forms.Form,
    *,
    account: SocialAccount | None = None,
) -> HttpResponse | None:
    """Off to the platform, or connected at once by a password. None, and the form says why, where neither."""
    try:
        if isinstance(form, AppPasswordForm):
            made = connecting.log_in(party=party, platform=adapter.key, account=account, **form.cleaned_data)
            return arrived(request, party, made)
        address = connecting.begin(
            party=party, platform=adapter.key, typed_host=form.typed_host, account=account
        )
    except Refused as refusal:
        form.add_error(None if account is not None else form.place_of_errors, refusal.message)
        return None
    # by a page of ours: browsers that keep forms to this site would stop a redirect
    page = "posts/connection_leave.html" if party.link else "posts/account_leave.html"
    return render(request, page, {"address": address, "platform": adapter.label})


def choosing(request: HttpRequest, attempt: ConnectionAttempt, party: Party, template: str) -> HttpResponse:
    """The page on which one of several accounts is chosen."""
    choices = connecting.choices(attempt)
    if not choices:
        messages.error(request, _("This choice is no longer there. Begin again."))
        return again(attempt)
    form = ChoiceForm(request.POST if request.method == "POST" else None, choices=choices)
    if form.is_valid():
        try:
            account = connecting.choose(attempt=attempt, party=party, number=form.cleaned_data["number"])
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return arrived(request, party, account)
    chosen = form.data.get("number", "") if form.is_bound else ""
    context = {
        "attempt": attempt, "form": form, "choices": choices, "chosen": chosen,
        "platform": health.platform_name(attempt.platform), "mark": health.platform_mark(attempt.platform),
    }  # fmt: skip
    return render(request, template, context, status=422 if form.errors else 200)


def arrived(request: HttpRequest, party: Party, account: SocialAccount) -> HttpResponse:
    """Say that it is connected, and go on to what waited for it."""
    if party.link is not None:
        request.session[DONE] = f"{account.handle} ({health.platform_name(account.platform)})"
        return redirect("connection_offer")
    messages.success(request, _said(account))
    name = "account_waiting" if releasing.waiting_for(account).exists() else "account_list"
    args = [party.chapter.slug, *([account.uid] if name == "account_waiting" else [])]
    return redirect(reverse(name, args=args))


def _said(account: SocialAccount) -> str:
    named = {"handle": account.handle, "platform": health.platform_name(account.platform)}
    if account.lane.paused_at is not None:
        return _("%(handle)s on %(platform)s is connected. It is still paused.") % named
    return _("%(handle)s on %(platform)s is connected. Posts can go out through it now.") % named


def to_choice(attempt: ConnectionAttempt) -> HttpResponse:
    if attempt.link is not None:
        return redirect("connection_choose", begun=attempt.uid)
    return redirect("account_choose", slug=attempt.chapter.slug, begun=attempt.uid)


def again(attempt: ConnectionAttempt) -> HttpResponse:
    """Back to where it was begun, with what was typed."""
    if attempt.link is not None:
        return redirect("connection_offer")
    slug = attempt.chapter.slug
    if attempt.account is not None and attempt.account.is_connected:
        return redirect("account_reconnect", slug=slug, uid=attempt.account.uid)
    try:
        registry.get(attempt.platform)
    except PlatformError:
        return redirect("account_list", slug=slug)
    typed = f"?{urlencode({'host': attempt.host})}" if attempt.host else ""
    return redirect(reverse("account_connect_to", args=[slug, attempt.platform]) + typed)
