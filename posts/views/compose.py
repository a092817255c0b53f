"""Writing: a new post, a change to one, and the check that looks at both while they are being typed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chapters import access
from chapters.access import chapter_view
from chapters.events import Actor
from chapters.models import Chapter
from chapters.permissions import Action
from hubsite.lib import times
from playbooks import filling
from playbooks.library import template_to_use
from playbooks.models import TemplateVersion
from posts import adopting, composing, habits, practices, previews, tray, wording, workflow
from posts.adopting import offered_item
from posts.allows import Allows, Kind
from posts.checking import Choice, fit, offer
from posts.forms import ComposeForm, new_form_key
from posts.models import Post, PostRevision, SocialAccount
from posts.problems import Refused, Stale
from posts.views import advised, sheet
from posts.views.sheet import GOES_ON, Desk

FAR = timedelta(days=366)
DOINGS = frozenset({"save", "check", "submit", "schedule", "publish"})


# ---- the views


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def post_new(request: HttpRequest) -> HttpResponse:
    """An empty sheet, or one with a template's words on it.

    Its address carries the form's key: whoever goes back to it after saving gets the post that it made.
    """
    if request.method == "POST":
        return _receive(request, _already_made(request))
    made = _already_made(request)
    if made is not None:
        return redirect("post_edit" if made.status in composing.EDITABLE else "post_detail",
                        request.chapter.slug, made.uid)  # fmt: skip
    template = _template(request.GET.get("template"))
    choices = _choices(request.chapter)
    suggestion = offered_item(request.chapter, request.GET.get("suggestion"))
    initial: dict[str, Any] = {"form_key": _form_key(request), "date": parse_day(request.GET.get("day"))}
    if template is not None:
        initial |= {"template": template.pk, "text": filling.fill(template.text, request.chapter).text}
        initial["targets"] = [str(account.pk) for account in habits.usual_accounts(request.chapter)]
    elif suggestion is not None:
        initial |= adopting.first_words(suggestion, request.chapter)
    if len(choices) == 1:
        initial["targets"] = [str(choices[0].account.pk)]
    form = ComposeForm(chapter=request.chapter, choices=choices, initial=initial)
    pictures = tray.of_form(request.GET, request.chapter)
    return _page(Desk(request, form, pictures, template=template, suggestion=suggestion))


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def post_edit(request: HttpRequest, uid: str) -> HttpResponse:
    """The same sheet with a stored post on it. What is approved or scheduled is asked about first."""
    post = _post(request, uid)
    allows = Allows(post, request.membership)
    if allows.edit.kind == Kind.ROLE:
        allows.edit.require()
    if request.method == "POST":
        return _receive(request, post)
    if not allows.edit:
        messages.error(request, allows.edit.reason)
        return redirect("post_detail", request.chapter.slug, post.uid)
    if not allows.edits_directly:
        context = {"post": post, "chapter": request.chapter, "zone": request.chapter.zone}
        return render(request, "posts/reopen.html", context)
    choices = _choices(request.chapter, post)
    form = ComposeForm(chapter=request.chapter, choices=choices, initial=ComposeForm.initial_of(post))
    pictures = tray.of_post(post)
    if "picture" in request.GET:  # back from a look at the preview, where some were added or taken out
        pictures = tray.of_form(request.GET, request.chapter, before=pictures)
    return _page(Desk(request, form, pictures, post=post, template=post.template_version))


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def post_check(request: HttpRequest) -> HttpResponse:
    """What the platforms make of the sheet as it is now: a fragment, asked for while somebody types."""
    uid = request.GET.get("post", "")
    post = Post.objects.filter(chapter=request.chapter, uid=uid).first() if tray.is_uid(uid) else None
    if request.method == "GET":  # somebody's session ended while they wrote, and they signed in again
        return redirect(_sheet_url(request.chapter, post))
    form = ComposeForm(request.POST, chapter=request.chapter, choices=_choices(request.chapter, post))
    advised.put_aside(request)
    desk = Desk(request, form, tray.of_form(request.POST, request.chapter), post=post, doing="check")
    form.is_valid()
    desk.tray.to_come = [
        alt[: tray.ALT_MAX] for alt in request.POST.getlist("new_alt")[: composing.IMAGES_MAX]
    ]
    desk.look()
    return render(request, "posts/compose/_answer.html", sheet.context(desk))


# ---- receiving a sheet


def _receive(request: HttpRequest, post: Post | None) -> HttpResponse:
    desk = _unfold(request, post)
    if desk.doing in {"schedule", "publish"}:
        access.require(request.membership, Action.SCHEDULE)
    is_valid = desk.form.is_valid()
    desk.look()
    if desk.doing == "check":
        return _page(desk)
    if desk.doing in GOES_ON:
        _refuse_unready(desk)
    elif desk.is_blank:
        desk.form.add_error("text", _("Write something first; there is nothing to save yet."))
    is_asked = desk.doing in GOES_ON and desk.ask(questions(desk))
    if not is_valid or desk.form.errors or desk.tray.errors or desk.is_blocked or is_asked:
        return _page(desk, status=422)
    draft = desk.form.draft(desk.tray.pictures)
    if desk.doing in {"schedule", "publish"}:
        fit([finding.choice for finding in desk.findings], [laid.media for laid in desk.tray.laid])
    try:
        saved = _save(desk, draft)
    except Stale as stale:
        if _says(stale.current, draft):
            return redirect("post_detail", request.chapter.slug, stale.current.uid)
        return _conflict(desk, stale, draft)
    except Refused as refusal:
        if post is not None and _went_on(post, draft):
            return redirect("post_detail", request.chapter.slug, post.uid)
        desk.refused = refusal.message
        return _page(desk, status=422)
    return _after(desk, saved)


def _unfold(request: HttpRequest, post: Post | None) -> Desk:
    """What was sent. Pictures are kept from here on, whatever else is wrong."""
    doing = "check" if advised.put_aside(request) else request.POST.get("do", "save")
    doing = doing if doing in DOINGS else "save"
    form = ComposeForm(
        request.POST,
        chapter=request.chapter,
        choices=_choices(request.chapter, post),
        time_required=doing == "schedule",
        asks_fold=doing == "submit",
    )
    pictures = tray.of_form(request.POST, request.chapter, before=tray.of_post(post) if post else None)
    tray.take_in(
        pictures, request.FILES.getlist("images"), request.POST.getlist("new_alt"),
        chapter=request.chapter, by=request.user,
    )  # fmt: skip
    template = post.template_version if post else _template(request.POST.get("template"))
    suggestion = None if post else offered_item(request.chapter, request.POST.get("suggestion"))
    return Desk(request, form, pictures, post=post, template=template, suggestion=suggestion, doing=doing)


def _refuse_unready(desk: Desk) -> None:
    form = desk.form
    if desk.is_blank and not desk.findings:
        form.add_error("text", _("Write the text of the post."))
    if not form.chosen:
        form.add_error("targets", _("Choose at least one account for this post."))
    if desk.tray.added and not desk.tray.asked_for_words:
        desk.tray.errors.append(
            _("The video is here now. Say what happens in it, for people who can't see it; then go on.")
            if desk.tray.video
            else _("The pictures are here now. Say what each shows, for people who can't see it; then go on.")
        )
    if form.at is None:
        return
    if desk.doing == "publish" and form.at > timezone.now():
        form.add_error(
            "date",
            _("You chose a day and a time. The button now schedules it for then; clear them to publish now."),
        )
    elif desk.doing in {"submit", "schedule"}:
        form.refuse_past()


def questions(desk: Desk) -> dict[str, str]:
    """What somebody is asked once before the post goes on, by the key that the form then brings along."""
    asked, at = {}, desk.form.at
    again = _("Change it, or press the button again to go on as it is.")
    if places := desk.open_places:
        asked[f"places {' '.join(places)}"] = f"{previews.places_words(places)} {again}"
    if at is not None and at > timezone.now() + FAR:
        far = _("%(when)s is more than a year away.") % {"when": times.when(at, desk.chapter.zone)}
        asked[f"far {at:%Y-%m-%d}"] = f"{far} {again}"
    return asked


@transaction.atomic
def _save(desk: Desk, draft: composing.Draft) -> Post:
    by = Actor.person(desk.request.user)
    if desk.post is None:
        post = composing.create(
            chapter=desk.chapter, by=by, draft=draft, form_key=desk.form.cleaned_data["form_key"],
            template=desk.template,
        )  # fmt: skip
        if post.status != Post.Status.DRAFT:  # the other click of a double click went on with it already
            return post
        if desk.suggestion is not None:
            adopting.note_adapted(post=post, item=desk.suggestion, by=by)
    else:
        seen = desk.form.cleaned_data["revision"] or 1
        post = composing.update(post=desk.post, by=by, draft=draft, seen_revision=seen)
    practices.mark_typed(post=post, data=desk.request.POST, by=by)
    if desk.doing == "submit":
        return workflow.submit(post=post, by=by)
    if desk.doing == "schedule":
        return workflow.schedule(post=post, at=desk.form.at, by=by, grace_minutes=draft.grace_minutes)
    if desk.doing == "publish":
        return workflow.schedule(post=post, at=timezone.now(), by=by, grace_minutes=draft.grace_minutes)
    return post


def _after(desk: Desk, post: Post) -> HttpResponse:
    request, forget = desk.request, "edit" if desk.post else "new"
    if desk.doing == "save" and post.status == Post.Status.DRAFT:
        messages.success(request, _("Your draft is saved."))
        return redirect(f"{_sheet_url(desk.chapter, post)}?forget={forget}")
    messages.success(request, _said(desk, post))
    return redirect(f"{reverse('post_detail', args=[desk.chapter.slug, post.uid])}?forget={forget}")


def _said(desk: Desk, post: Post) -> str:
    if desk.doing == "submit":
        return _("It is submitted for review.")
    if desk.doing == "schedule":
        return _("It is scheduled for %(when)s.") % {"when": times.when(post.planned_at, desk.chapter.zone)}
    if desk.doing == "publish":
        return _("It is on its way.")
    return _("Your changes are saved. Reviewers see what is new.")


def _conflict(desk: Desk, stale: Stale, draft: composing.Draft) -> HttpResponse:
    """Both wordings beside each other; sending the form again keeps the person's own."""
    current = Post.objects.select_related("chapter").get(pk=stale.current.pk)
    last = PostRevision.objects.filter(post=current).select_related("by").first()
    mine = wording.of_draft(draft, desk.form.choices)
    desk.form.data = desk.form.data.copy()
    desk.form.data["revision"] = str(current.revision)
    is_own = last is not None and last.by_id == desk.request.user.pk
    desk.conflict = {
        "message": _("You changed this post in another tab or window.") if is_own else stale.message,
        "is_own": is_own,
        "by": last.by.display_name if last else "",
        "at": last.at if last else current.updated_at,
        "changes": wording.changes(composing.snapshot(current), mine),
        "text": current.text,
    }
    return _page(desk, status=409)


def _page(desk: Desk, *, status: int = 200) -> HttpResponse:
    if not desk.findings:
        desk.look()
    return render(desk.request, "posts/compose.html", sheet.context(desk), status=status)


# ---- finding things


def _post(request: HttpRequest, uid: str) -> Post:
    found = Post.objects.filter(chapter=request.chapter).select_related("author", "template_version")
    post = get_object_or_404(found, uid=uid)
    post.chapter = request.chapter
    return post


def _already_made(request: HttpRequest) -> Post | None:
    """The post this form made before: a second click, or the same page again after going back."""
    key = request.POST.get("form_key", "") or request.GET.get("form", "")
    if not tray.is_uid(key):
        return None
    post = Post.objects.filter(chapter=request.chapter, author=request.user, form_key=key).first()
    if post is not None:
        post.chapter = request.chapter
    return post


def _form_key(request: HttpRequest) -> uuid.UUID:
    key = request.GET.get("form", "")
    return uuid.UUID(key) if tray.is_uid(key) else new_form_key()


def _choices(chapter: Chapter, post: Post | None = None) -> list[Choice]:
    wanted = Q(disconnected_at=None)
    if post is not None:
        wanted |= Q(targets__post=post)
    return offer(SocialAccount.objects.filter(wanted, chapter=chapter).distinct())


def _template(value: str | None) -> TemplateVersion | None:
    return template_to_use(int(value)) if value and value.isdecimal() and len(value) < 18 else None


def parse_day(value: str | None) -> Any:
    """The day the plan's “+” asked for, or None."""
    try:
        return parse_date(value or "")
    except ValueError:
        return None


def _says(post: Post, draft: composing.Draft) -> bool:
    """Whether the stored post already is what the sheet asks for."""
    stored = composing.draft_of(post)
    return wording.essence(stored) == wording.essence(draft)


def _went_on(post: Post, draft: composing.Draft) -> bool:
    """Whether the first click of a double click did all of this already."""
    now = Post.objects.get(pk=post.pk)
    return now.status != Post.Status.DRAFT and _says(now, draft)


def _sheet_url(chapter: Chapter, post: Post | None) -> str:
    if post is None:
        return reverse("post_new", args=[chapter.slug])
    return reverse("post_edit", args=[chapter.slug, post.uid])
