"""Where chapters ask, read and answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.models import User
from chapters.paging import page_of
from chapters.permissions import Action, can
from hubsite.lib import drafts, markdown
from playbooks import agenda, answer_marks, asking, correcting, library, search, similar
from playbooks.errors import TeachingError
from playbooks.models import Answer, HelpfulMark, Playbook, Question
from playbooks.question_forms import AnswerForm, AskForm, WordsForm

UNPROCESSABLE = 422
SHOWN = Count("answers", filter=Q(answers__hidden_at=None))


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
    topics, topic = (asking.topics_of(rows) if show == "all" else []), request.GET.get("topic", "")
    if topic in topics:
        rows = rows.filter(topic=topic)
    rows = rows.select_related("chapter", "asker").annotate(answer_count=SHOWN)
    return render(
        request,
        "playbooks/question_list.html",
        {
            "page": page_of(request, rows, descending=True),
            "show": show,
            "query": query,
            "topics": topics,
            "topic": topic,
            "may_ask": can(request.membership, Action.ASK),
        },
    )


@require_http_methods(["GET", "POST"])
@chapter_view(Action.ASK)
def question_ask(request: HttpRequest) -> HttpResponse:
    """Ask, having seen what may already answer it."""
    about = _about(request.POST.get("about") or request.GET.get("about"))
    if request.method == "GET":
        title, point = request.GET.get("title", "")[:160], _point(request)
        if point is not None and not title:
            title = _("Why did this not go out?")
        empty = AskForm.empty(chapter=request.chapter, about=about, title=title, point=point)
        return _asking(request, empty, about, title=title)
    form = AskForm(request.POST, chapter=request.chapter)
    title = request.POST.get("title", "")
    if not form.is_valid():
        return _asking(request, form, about, title=title, status=UNPROCESSABLE)
    if "look" in request.POST:  # without script: what may already answer it, then the same form again
        return _asking(request, form, about, title=title)
    question = asking.ask(
        membership=request.membership, asked=form.asked(about), form_key=form.cleaned_data["key"]
    )
    said = _("Your question is asked. You get a notice when somebody answers.")
    drafts.stored(request, said, guard=_ask_guard(request))
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
def question_edit(request: HttpRequest, uid: str) -> HttpResponse:
    """Say one's own question differently."""
    question = _question(request, uid)
    if not correcting.is_asker(question, request.membership):
        messages.error(request, _("Only whoever asked can change the words of a question."))
        return redirect("question_detail", request.chapter.slug, question.uid)
    said, guard = {"title": question.title, "body": question.body}, _edit_guard(request, question)
    form = WordsForm(request.POST if request.method == "POST" else None, initial=said)
    if form.is_valid():
        try:
            correcting.correct(question=question, membership=request.membership, **form.cleaned_data)
        except TeachingError as refused:
            form.add_error(None, refused.message)
        else:
            drafts.stored(request, _("Your question reads so now."), guard=guard)
            return redirect("question_detail", request.chapter.slug, question.uid)
    status = UNPROCESSABLE if form.is_bound else 200
    context = {
        "question": question,
        "form": form,
        "is_answered": correcting.is_answered(question),
        "guard": guard,
    }
    return render(request, "playbooks/question_edit.html", context, status=status)


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
            still_waiting=form.cleaned_data["still"],
        )
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return _thread(request, question, form, status=UNPROCESSABLE)
    said = _("Your words are there for everybody who may read the question.")
    drafts.stored(request, said, guard=answer_guard(request, question))
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


@require_POST
@chapter_view(Action.ASK)
def answer_helpful(request: HttpRequest, uid: str, answer: int) -> HttpResponse:
    """Say that an answer helped you too, or take that back."""
    question = _question(request, uid)
    said = get_object_or_404(Answer, question=question, pk=answer)
    return _do(
        request,
        question,
        lambda: answer_marks.mark_helpful(answer=said, membership=request.membership),
        _("Noted, for the next one who looks."),
    )


@require_POST
@chapter_view(Action.ASK)
def answer_take_back(request: HttpRequest, uid: str, answer: int) -> HttpResponse:
    """Take one's own words out of the thread."""
    question = _question(request, uid)
    said = get_object_or_404(Answer, question=question, pk=answer, by=request.user)
    return _do(
        request,
        question,
        lambda: answer_marks.hide(answer=said, by=Actor.person(request.user)),
        _("Taken back. Nobody but the central team reads it any more."),
    )


def thread_of(
    question: Question, reader: User, *, decides: bool = False, with_hidden: bool = False
) -> list[dict[str, Any]]:
    """The answers as the page shows them, the one that helped first. Two queries.

    Whoever `decides` marks the answer, and has no need to say besides that it helped them too.
    """
    answers = list(question.answers.select_related("by", "by_chapter", "hidden_by").order_by("id"))
    marks: dict[int, set[int]] = {}
    given = HelpfulMark.objects.filter(answer__question=question).values_list("answer_id", "by_id")
    for answer_id, person_id in given:
        marks.setdefault(answer_id, set()).add(person_id)
    answers = [answer for answer in answers if with_hidden or answer.hidden_at is None]
    answers.sort(key=lambda answer: answer.pk != question.accepted_id)
    return [_row(question, answer, reader, marks.get(answer.pk, set()), decides) for answer in answers]


def _row(question: Question, answer: Answer, reader: User, marks: set[int], decides: bool) -> dict[str, Any]:
    helped, helped_me = answer.pk == question.accepted_id, reader.pk in marks
    is_mine = answer.by_id == reader.pk
    is_of_others = not is_mine and answer.by_id != question.asker_id
    return {
        "answer": answer,
        "html": markdown.render(answer.body, links=True),
        "helped": helped,
        "is_mine": is_mine,
        "marks": len(marks),
        "helped_me": helped_me,
        "may_accept": decides and is_of_others and not helped,
        "may_vote": is_of_others and (helped_me or not decides),
    }


def answer_guard(request: HttpRequest, question: Question) -> str:
    """The key under which a browser keeps an answer that is not sent yet."""
    return f"{request.user.uid}-answer-{question.uid}"


def _edit_guard(request: HttpRequest, question: Question) -> str:
    return f"{request.user.uid}-question-{question.uid}"


def _ask_guard(request: HttpRequest) -> str:
    return f"{request.user.uid}-ask-{request.chapter.slug}"


def _thread(request: HttpRequest, question: Question, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    may_decide = asking.may_decide(question, request.membership)
    context = {
        "question": question,
        "html": markdown.render(question.body, links=True),
        "thread": thread_of(question, request.user, decides=may_decide),
        "may_mark": can(request.membership, Action.ASK),
        "may_open": question.asker_id == request.user.pk and not question.is_for_all,
        "may_ask_again": question.asker_id == request.user.pk
        and question.waiting_since is None
        and question.state == Question.State.OPEN,
        "form": form,
        "is_own": question.chapter_id == request.chapter.pk,
        "may_decide": may_decide,
        "may_correct": correcting.may_correct(question, request.membership),
        "may_answer": can(request.membership, Action.ASK) and question.state != Question.State.CLOSED,
        "guard": answer_guard(request, question),
    }
    return render(request, "playbooks/question_detail.html", context, status=status)


def _asking(
    request: HttpRequest, form: AskForm, about: Playbook | None, *, title: str, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "about": about,
        "similar": _similar(request, title),
        "guard": _ask_guard(request),
    }
    return render(request, "playbooks/question_ask.html", context, status=status)


def _similar(request: HttpRequest, title: str) -> similar.Similar:
    return similar.to(title, chapter=request.chapter, language=request.user.language)


def _question(request: HttpRequest, uid: str) -> Question:
    rows = asking.visible_in(request.chapter).select_related("chapter", "asker", "about", "entry")
    return get_object_or_404(rows, uid=uid)


def _point(request: HttpRequest) -> agenda.Point | None:
    """What went wrong with the chapter's own post, where the question is asked from there."""
    wanted = request.GET.get("point", "")
    if not wanted:
        return None
    return next((point for point in agenda.points(request.chapter) if point.key == wanted), None)


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
