"""Where the central team sees which questions wait, and answers them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import central_view
from chapters.events import Actor
from chapters.models import Membership, User
from chapters.notices import members_who_can
from chapters.paging import page_of
from chapters.permissions import Action, can
from hubsite.lib import drafts, markdown
from playbooks import answer_marks, asking, taking
from playbooks.errors import TeachingError
from playbooks.models import Answer, Question
from playbooks.question_forms import AnswerForm, HideForm, PromiseForm, TakeForm
from playbooks.views.questions import SHOWN as ANSWERS
from playbooks.views.questions import UNPROCESSABLE, answer_guard, thread_of


@require_GET
@central_view(Action.HELP)
def questions_waiting(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the oldest promise first, with how long it waits."""
    kinds, show = _kinds(request.membership), request.GET.get("show", "")
    show = show if show in kinds else "waiting"
    rows = Question.objects.filter(kinds[show][1]).select_related("chapter", "asker", "assigned_to")
    topics, topic = asking.topics_of(rows), request.GET.get("topic", "")
    topic = topic if topic in topics else ""
    rows = (rows.filter(topic=topic) if topic else rows).annotate(answer_count=ANSWERS)
    order = () if show == "done" else ("promised_at",)
    return render(
        request,
        "playbooks/questions_waiting.html",
        {
            "page": page_of(request, rows, *order, descending=show == "done"),
            "tabs": _tabs(show, request.membership),
            "topics": topics,
            "topic": topic,
            "show": show,
            "now": timezone.now(),
            "zone": request.chapter.zone,
            "may_promise": can(request.membership, Action.TEACH),
            "promise_form": PromiseForm(initial={"working_days": asking.working_days()}),
        },
    )


@require_POST
@central_view(Action.TEACH)
def questions_promise(request: HttpRequest) -> HttpResponse:
    """Say within how many working days the team answers."""
    form = PromiseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Promise between 1 and 10 working days."))
        return redirect("questions_waiting")
    asking.promise_within(
        team=request.chapter,
        working_days=form.cleaned_data["working_days"],
        by=Actor.person(request.user),
    )
    messages.success(request, _("Promised, from the next question on."))
    return redirect("questions_waiting")


@require_POST
@central_view(Action.HELP)
def answer_hide(request: HttpRequest, uid: str, answer: int) -> HttpResponse:
    """Take an answer out of the thread, or put it back."""
    question = _question(uid)
    said = get_object_or_404(Answer, question=question, pk=answer)
    by, form = Actor.person(request.user), HideForm(request.POST)
    try:
        if "show" in request.POST:
            answer_marks.show(answer=said, by=by)
        else:
            answer_marks.hide(answer=said, by=by, why=form.cleaned_data["why"] if form.is_valid() else "")
    except TeachingError as refused:
        messages.error(request, refused.message)
    return redirect("question_help", question.uid)


@require_GET
@central_view(Action.HELP)
def question_help(request: HttpRequest, uid: str) -> HttpResponse:
    """A question as the central team sees it, private ones too: they were asked of it."""
    return _page(request, _question(uid), AnswerForm.empty())


@require_http_methods(["GET", "POST"])
@central_view(Action.HELP)
def question_help_answer(request: HttpRequest, uid: str) -> HttpResponse:
    """Answer for the central team."""
    question = _question(uid)
    if request.method == "GET":
        return redirect("question_help", question.uid)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, question, form, status=UNPROCESSABLE)
    try:
        asking.answer(
            question=question,
            membership=request.membership,
            body=form.cleaned_data["body"],
            form_key=form.cleaned_data["key"],
        )
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return _page(request, question, form, status=UNPROCESSABLE)
    said = _("%(chapter)s hears of your answer.") % {"chapter": question.chapter.name}
    drafts.stored(request, said, guard=answer_guard(request, question))
    return redirect("question_help", question.uid)


@require_http_methods(["GET", "POST"])
@central_view(Action.HELP)
def question_take(request: HttpRequest, uid: str) -> HttpResponse:
    """Take it oneself in one press, with a day by which the answer is promised where one is named."""
    question, form = _question(uid), TakeForm(request.POST)
    if request.method == "GET":
        return redirect("question_help", question.uid)
    if "promise" in request.POST and form.is_valid() and not form.cleaned_data["on"]:
        form.add_error("on", _("Choose the day that you promise."))
    if form.is_valid():
        on = form.cleaned_data["on"]
        try:
            taking.take(question=question, by=Actor.person(request.user), on=on)
        except TeachingError as refused:
            form.add_error("on" if on else None, refused.message)
        else:
            said = _("You take it, and %(chapter)s reads the day.") if on else _("You take it.")
            messages.success(request, said % {"chapter": question.chapter.name})
            return redirect("question_help", question.uid)
    return _page(request, _question(uid), AnswerForm.empty(), take_form=form, status=UNPROCESSABLE)


@require_POST
@central_view(Action.HELP)
def question_assign(request: HttpRequest, uid: str) -> HttpResponse:
    """Say who takes it: somebody of the team, or nobody."""
    question = _question(uid)
    wanted = request.POST.get("to", "")
    helpers = {str(person.pk): person for person in members_who_can(request.chapter, Action.HELP)}
    if wanted and wanted not in helpers:
        messages.error(request, _("That person is not of the central team any more. Choose somebody else."))
    else:
        asking.assign(question=question, to=helpers.get(wanted), by=Actor.person(request.user))
        messages.success(request, _whose(helpers.get(wanted), request))
    return redirect("question_help", question.uid)


@require_POST
@central_view(Action.TEACH)
def question_make_entry(request: HttpRequest, uid: str) -> HttpResponse:
    """Begin a playbook from it."""
    question = _question(uid)
    try:
        playbook = asking.make_entry(question=question, by=Actor.person(request.user))
    except TeachingError as refused:
        messages.error(request, refused.message)
        return redirect("question_help", question.uid)
    messages.success(
        request, _("A draft is begun with the question, the answer and the credit. Go on from here.")
    )
    return redirect("playbook_edit", playbook=playbook.slug)


def _whose(person: User | None, request: HttpRequest) -> str:
    if person is None:
        return _("It is open to whoever takes it.")
    if person == request.user:
        return _("It is on your list.")
    return _("It is on the list of %(name)s.") % {"name": person.display_name}


def _kinds(membership: Membership) -> dict[str, tuple[str, Q]]:
    """The tabs of the list: what each is called, and which questions are in it."""
    is_open = Q(state=Question.State.OPEN)
    waits = is_open & Q(waiting_since__isnull=False)
    return {
        "waiting": (_("Waiting"), waits),
        "late": (_("Late"), waits & Q(promised_at__lt=timezone.now())),
        "unassigned": (_("Nobody’s yet"), waits & Q(assigned_to=None)),
        "mine": (_("Mine"), is_open & Q(assigned_to=membership.user_id)),
        "answered": (_("With the asker"), is_open & Q(waiting_since=None)),
        "done": (_("Done"), ~is_open),
    }


def _tabs(show: str, membership: Membership) -> list[dict[str, Any]]:
    """The tabs with how much is in each; what is done is not counted. One query."""
    kinds = _kinds(membership)
    counts = {key: Count("pk", filter=which) for key, (_label, which) in kinds.items() if key != "done"}
    found = Question.objects.filter(state=Question.State.OPEN).order_by().aggregate(**counts)
    return [
        {"key": key, "label": label, "count": found.get(key, 0), "is_current": key == show}
        for key, (label, _which) in kinds.items()
    ]


def _page(
    request: HttpRequest,
    question: Question,
    form: AnswerForm,
    *,
    take_form: TakeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "take_form": take_form or TakeForm(),
        "question": question,
        "html": markdown.render(question.body, links=True),
        "thread": thread_of(question, request.user, with_hidden=True),
        "may_hide": True,
        "form": form,
        "helpers": members_who_can(request.chapter, Action.HELP),
        "may_teach": can(request.membership, Action.TEACH),
        "may_answer": question.state != Question.State.CLOSED,
        "now": timezone.now(),
        "zone": request.chapter.zone,
        "guard": answer_guard(request, question),
    }
    return render(request, "playbooks/question_help.html", context, status=status)


def _question(uid: str) -> Question:
    rows = Question.objects.select_related("chapter", "asker", "about", "entry", "assigned_to")
    return get_object_or_404(rows.annotate(answer_count=ANSWERS), uid=uid)
