"""What people do on the page of a post: one view a verb, each a plain form that ends in a redirect.

A refusal changes nothing. Where somebody typed something it comes back on the page with the sentence (422);
a bare button's refusal is told after the redirect. Opening one of these addresses shows the post: that is
where somebody lands who had to sign in again first.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.permissions import Action
from hubsite.lib import times
from hubsite.lib.first_error import focused
from posts import checking, composing, doubts, removal, workflow
from posts.allows import Allows, DeliveryAllows
from posts.forms import CommentForm, ConfirmForm, LocalTimeForm, new_form_key
from posts.models import Delivery, Post
from posts.problems import Refused
from posts.publishing import repair
from posts.tray import is_uid
from posts.views.post import chapter_post
from posts.views.post_page import deny_form, post_context

Verb = Callable[[HttpRequest, Post, Allows], HttpResponse]


def on_post(action: Action) -> Callable[[Verb], Callable[..., HttpResponse]]:
    """A view that does one thing to a post of the chapter; what the verb refuses is told on its page."""

    def mark(verb: Verb) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "POST"])
        @chapter_view(action)
        @functools.wraps(verb)
        def view(request: HttpRequest, uid: str, **found: Any) -> HttpResponse:
            post = chapter_post(request, uid)
            if request.method == "GET":
                return redirect("post_detail", request.chapter.slug, post.uid)
            try:
                return verb(request, post, Allows(post, request.membership), **found)
            except Refused as refusal:
                messages.error(request, refusal.message)
                return to_page(post)

        return view

    return mark


def to_page(post: Post, said: str = "", request: HttpRequest | None = None) -> HttpResponse:
    """Back to the post's page, with a word about what was done."""
    if said and request is not None:
        messages.success(request, said)
    return redirect("post_detail", post.chapter.slug, post.uid)


def page_again(request: HttpRequest, post: Post, **bound: Any) -> HttpResponse:
    """The post's page with a form that could not be taken, as it was filled in."""
    post = chapter_post(request, post.uid)
    for form in bound.values():
        if isinstance(form, BaseForm):
            focused(form)
    return render(request, "posts/post_detail.html", post_context(request, post, **bound), status=422)


def _by(request: HttpRequest) -> Actor:
    return Actor.person(request.user)


# ---- review


@on_post(Action.WRITE)
def post_submit(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.submit.require()
    workflow.submit(post=post, by=_by(request))
    return to_page(post, _("It is submitted for review."), request)


@on_post(Action.WRITE)
def post_withdraw(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.withdraw.require()
    workflow.withdraw(post=post, by=_by(request))
    return to_page(post, _("It is a draft again."), request)


@on_post(Action.WRITE)
def post_comment(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.comment.require()
    form = CommentForm(request.POST, auto_id="comment_%s")
    if not form.is_valid():
        return page_again(request, post, comment=form)
    workflow.comment(post=post, membership=request.membership, text=form.cleaned_data["text"])
    return said_there(request, post, _("Your comment is there."))


# ---- time


@on_post(Action.SCHEDULE)
def post_schedule(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.schedule.require()
    form = LocalTimeForm(request.POST, chapter=request.chapter, time_required=True)
    if not form.is_valid():
        return page_again(request, post, schedule=form)
    checking.fit_ahead(post)
    try:
        post = workflow.schedule(post=post, at=form.at, by=_by(request), grace_minutes=form.grace_minutes)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return page_again(request, post, schedule=form)
    when = times.when(post.planned_at, request.chapter.zone)
    return to_page(post, _("It is scheduled for %(when)s.") % {"when": when}, request)


@on_post(Action.SCHEDULE)
def post_publish_now(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.publish_now.require()
    checking.fit_ahead(post)
    workflow.schedule(post=post, at=timezone.now(), by=_by(request), grace_minutes=post.grace_minutes)
    return to_page(post, _("It is on its way."), request)


@on_post(Action.SCHEDULE)
def post_unschedule(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.unschedule.require()
    workflow.unschedule(post=post, by=_by(request))
    return to_page(post, _("It is off the schedule."), request)


@on_post(Action.WRITE)
def post_reopen(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.reopen.require()
    workflow.reopen(post=post, by=_by(request))
    messages.success(request, _("It is a draft again; change what you like."))
    return redirect("post_edit", request.chapter.slug, post.uid)


# ---- copies


@on_post(Action.WRITE)
def post_duplicate(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.duplicate.require()
    copy = composing.duplicate(post=post, by=_by(request), form_key=_form_key(request))
    messages.success(request, _("This is a new draft with the same content."))
    return redirect("post_edit", request.chapter.slug, copy.uid)


@on_post(Action.SETTLE)
def post_reuse(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    again = Post.objects.filter(
        chapter=request.chapter, author=request.user, form_key=_form_key(request)
    ).first()
    if again is not None:  # the second click of two
        return redirect("post_edit", request.chapter.slug, again.uid)
    allows.reuse.require()
    copy = composing.reuse(post=post, by=_by(request), form_key=_form_key(request))
    messages.success(request, _("This is a new draft for the accounts the other post did not reach."))
    return redirect("post_edit", request.chapter.slug, copy.uid)


@on_post(Action.WRITE)
def post_delete(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    allows.delete.require()
    composing.delete(post=post, by=_by(request))
    messages.success(request, _("The draft is deleted."))
    return redirect("post_list", request.chapter.slug)


# ---- deliveries


@on_post(Action.SETTLE)
def delivery_retry(request: HttpRequest, post: Post, allows: Allows, delivery: uuid.UUID) -> HttpResponse:
    found, answers = _delivery(allows, delivery)
    answers.retry.require()
    repair.retry(delivery=found, by=_by(request))
    return to_page(post, _("It is sent to %(account)s again.") % {"account": found.account.handle}, request)


@on_post(Action.SETTLE)
def delivery_confirm(request: HttpRequest, post: Post, allows: Allows, delivery: uuid.UUID) -> HttpResponse:
    found, answers = _delivery(allows, delivery)
    verb = repair.correct if answers.correct else repair.confirm
    if not answers.correct:
        answers.confirm.require()
    form = ConfirmForm(request.POST, auto_id=f"there-{found.uid}-%s")
    if form.is_valid():
        try:
            verb(delivery=found, by=_by(request), permalink=form.cleaned_data["permalink"])
        except Refused as refusal:
            form.add_error("permalink", refusal.message)
    if not form.is_valid():
        return page_again(request, post, confirm={str(found.uid): form})
    return to_page(post, _("Good: it is out on %(account)s.") % {"account": found.account.handle}, request)


@on_post(Action.SETTLE)
def delivery_deny(request: HttpRequest, post: Post, allows: Allows, delivery: uuid.UUID) -> HttpResponse:
    found, answers = _delivery(allows, delivery)
    answers.deny.require()
    form = deny_form(found, doubts.of_one(found), request.POST)
    if not form.is_valid():
        return page_again(request, post, deny={str(found.uid): form})
    repair.deny(delivery=found, by=_by(request))
    return to_page(post, _("It is sent to %(account)s again.") % {"account": found.account.handle}, request)


@on_post(Action.SETTLE)
def delivery_skip(request: HttpRequest, post: Post, allows: Allows, delivery: uuid.UUID) -> HttpResponse:
    found, answers = _delivery(allows, delivery)
    answers.skip.require()
    repair.skip(delivery=found, by=_by(request))
    said = _("%(account)s is skipped; the post no longer waits for it.") % {"account": found.account.handle}
    return to_page(post, said, request)


@on_post(Action.SETTLE)
def delivery_take_down(request: HttpRequest, post: Post, allows: Allows, delivery: uuid.UUID) -> HttpResponse:
    found, answers = _delivery(allows, delivery)
    answers.take_down.require()
    removal.take_down(delivery=found, by=_by(request))
    return to_page(post, _("It is no longer on %(account)s.") % {"account": found.account.handle}, request)


# ---- helpers


def _delivery(allows: Allows, uid: uuid.UUID) -> tuple[Delivery, DeliveryAllows]:
    for delivery in allows.deliveries:
        if delivery.uid == uid:
            return delivery, allows.of_delivery(delivery)
    raise Http404


def _form_key(request: HttpRequest) -> uuid.UUID:
    """The key the page's form carried, so that a double click makes one copy."""
    key = request.POST.get("form_key", "")
    return uuid.UUID(key) if is_uid(key) else new_form_key()


def said_there(request: HttpRequest, post: Post, said: str) -> HttpResponse:
    """Back to the page after something was written there: the browser drops its copy of the words."""
    messages.success(request, said)
    response = to_page(post)
    response["Location"] += "?forget=say"
    return response
