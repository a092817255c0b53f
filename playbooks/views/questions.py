"""Where chapters ask, read and answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view
from chapters.paging import page_of
from chapters.permissions import Action, can
from hubsite.lib import markdown
from playbooks import asking, library, search
from playbooks.errors import TeachingError
from playbooks.models import Answer, Playbook, Question
from playbooks.question_forms import AnswerForm, AskForm

UNPROCESSABLE = 422
SIMILAR = 3  # of each kind
SHORTEST = 8  # letters of a question before anything similar is looked for


@require_GET
@chapter_view(Action.SEE)
def question_list(request: HttpRequest) -> HttpResponse:
    """The chapter's own questions, or those that all chapters may read."""
    show = "all" if request.GET.get("show") == "all" else "ours"
    query = request.GET.get("q", "").strip()
    rows = (
        asking.visible_in(request.chapter).filter(audience=Question.Audience.EVERYBODY)
        if show == "all"
        else Question.objects.filter(chapter=request.chapter)
    )
    if query:
        rows = rows.filter(pk__in=search.find(query, kinds=[search.QUESTION], limit=100).of(search.QUESTION))
    rows = rows.select_related("chapter", "asker").annotate(answer_count=Count("answers"))
    return render(
        request,
        "playbooks/question_list.html",
        {
            "page": page_of(request, rows, descending=True),
            "show": show,
            "query": query,
            "may_ask": can(request.membership, Action.ASK),
        },
    )


@require_http_methods(["GET", "POST"])
@chapter_view(Action.ASK)
def question_ask(request: HttpRequest) -> HttpResponse:
    """Ask, having seen what may already answer it."""
    about = _about(request.POST.get("about") or request.GET.get("about"))
    if request.method == "GET":
        title = request.GET.get("title", "")[:160]
        return _asking(request, AskForm.empty(about=about, title=title), about, title=title)
    form = AskForm(request.POST)
    title = request.POST.get("title", "")
    if not form.is_valid():
        return _asking(request, form, about, title=title, status=UNPROCESSABLE)
    if "look" in request.POST:  # without script: what may already answer it, then the same form again
        return _asking(request, form, about, title=title)
    question = asking.ask(
        membership=request.membership, asked=form.asked(about), form_key=form.cleaned_data["key"]
    )
    messages.success(request, _("Your question is asked. You get a notice when somebody answers."))
    return redirect("question_detail", request.chapter.slug, question.uid)


@require_GET
@chapter_view(Action.ASK)
def question_similar(request: HttpRequest) -> HttpResponse:
    """What may already answer the question that somebody is typing."""
    return render(
        request, "playbooks/_similar.html", {"similar": _similar(request, request.GET.get("title", ""))}
    )


@require_GET
@chapter_view(Action.SEE)
def question_detail(request: HttpRequest, uid: str) -> HttpResponse:
    """A question with everything that was said."""
    return _thread(request, _question(request, uid), AnswerForm.empty())


@require_http_methods(["GET", "POST"])
@chapter_view(Action.ASK)
def question_answer(request: HttpRequest, uid: str) -> HttpResponse:
    """Answer, or ask back."""
    question = _question(request, uid)
    if request.method == "GET":
        return redirect("question_detail", request.chapter.slug, question.uid)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _thread(request, question, form, status=UNPROCESSABLE)
    try:
        asking.answer(
            question=question,
            membership=request.membership,
            body=form.cleaned_data["body"],
            form_key=form.cleaned_data["key"],
        )
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return _thread(request, question, form, status=UNPROCESSABLE)
    messages.success(request, _("Your words are there for everybody who may read the question."))
    return redirect("question_detail", request.chapter.slug, question.uid)


@require_POST
@chapter_view(Action.ASK)
def question_accept(request: HttpRequest, uid: str, answer: int) -> HttpResponse:
    """Say which answer helped."""
    question = _question(request, uid)
    said = get_object_or_404(Answer, question=question, pk=answer)
    return _do(
        request,
        question,
        lambda: asking.accept(question=question, answer=said, membership=request.membership),
        _("Marked as the answer that helped. Whoever wrote it hears of it."),
    )


@require_POST
@chapter_view(Action.ASK)
def question_close(request: HttpRequest, uid: str) -> HttpResponse:
    """End a question that needs no answer any more."""
    question = _question(request, uid)
    return _do(
        request,
        question,
        lambda: asking.close(question=question, membership=request.membership),
        _("The question is closed. It stays readable."),
    )


@require_POST
@chapter_view(Action.ASK)
def question_open(request: HttpRequest, uid: str) -> HttpResponse:
    """Let all chapters read it."""
    question = _question(request, uid)
    return _do(
        request,
        question,
        lambda: asking.open_to_all(question=question, membership=request.membership),
        _("All chapters can read and answer it now."),
    )


def thread_of(question: Question) -> list[dict[str, Any]]:
    """The answers as the page shows them, the one that helped first."""
    answers = list(question.answers.select_related("by", "by_chapter").order_by("id"))
    answers.sort(key=lambda answer: answer.pk != question.accepted_id)
    return [
        {
            "answer": answer,
            "html": markdown.render(answer.body),
            "helped": answer.pk == question.accepted_id,
            "is_askers": answer.by_id == question.asker_id,
        }
        for answer in answers
    ]


def _thread(request: HttpRequest, question: Question, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    context = {
        "question": question,
        "html": markdown.render(question.body),
        "thread": thread_of(question),
        "form": form,
        "is_own": question.chapter_id == request.chapter.pk,
        "may_decide": asking.may_decide(question, request.membership),
        "may_answer": can(request.membership, Action.ASK) and question.state != Question.State.CLOSED,
        "guard": f"{request.user.uid}-answer-{question.uid}",
    }
    return render(request, "playbooks/question_detail.html", context, status=status)


def _asking(
    request: HttpRequest, form: AskForm, about: Playbook | None, *, title: str, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "about": about,
        "similar": _similar(request, title),
        "guard": f"{request.user.uid}-ask-{request.chapter.slug}",
    }
    return render(request, "playbooks/question_ask.html", context, status=status)


def _similar(request: HttpRequest, title: str) -> dict[str, list[Any]]:
    if len(title.strip()) < SHORTEST:
        return {"playbooks": [], "questions": []}
    found = search.find(title, language=request.user.language, limit=4 * SIMILAR)
    keys = found.of(search.QUESTION)
    rows = asking.visible_in(request.chapter).filter(pk__in=keys).annotate(answer_count=Count("answers"))
    by_key = {question.pk: question for question in rows}
    playbooks = library.in_order(found.of(search.PLAYBOOK))
    return {
        "playbooks": playbooks[:SIMILAR],
        "questions": [by_key[key] for key in keys if key in by_key][:SIMILAR],
    }


def _question(request: HttpRequest, uid: str) -> Question:
    rows = asking.visible_in(request.chapter).select_related("chapter", "asker", "about", "entry")
    return get_object_or_404(rows, uid=uid)


def _about(slug: str | None) -> Playbook | None:
    return library.readable(slug) if slug else None


def _do(request: HttpRequest, question: Question, act: Any, said: str) -> HttpResponse:
    try:
        act()
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, said)
    return redirect("question_detail", request.chapter.slug, question.uid)
