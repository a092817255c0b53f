"""Where the central team writes templates."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chapters.access import central_view
from chapters.events import Actor
from chapters.permissions import Action
from hubsite.lib import drafts
from playbooks import template_writing as verbs
from playbooks.differences import differences
from playbooks.errors import StaleTemplate
from playbooks.filling import FIELDS, bare_chapter, fill, sample_chapter
from playbooks.forms import TemplateForm
from playbooks.models import Playbook, Template

UNPROCESSABLE = 422
CONFLICT = 409


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def template_new(request: HttpRequest, playbook: str) -> HttpResponse:
    """Write a template for a playbook."""
    found = _playbook(playbook)
    if request.method == "GET":
        return _editor(request, TemplateForm(), found)
    form = TemplateForm(request.POST)
    if "preview" in request.POST:
        return _editor(request, form, found)
    if not form.is_valid():
        return _editor(request, form, found, status=UNPROCESSABLE)
    verbs.add(playbook=found, wording=form.wording(), by=Actor.person(request.user))
    drafts.stored(request, _("The template is added."), guard=f"template-new-{found.pk}")
    return redirect("playbook_manage", playbook=found.slug)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def template_edit(request: HttpRequest, playbook: str, template: int) -> HttpResponse:
    """Revise a template. Drafts that chapters began from it keep what they have."""
    found = _playbook(playbook)
    chosen = _template(found, template)
    if request.method == "GET":
        return _editor(request, TemplateForm.of(chosen.current), found, chosen)
    form = TemplateForm(request.POST)
    if "preview" in request.POST:
        return _editor(request, form, found, chosen)
    if not form.is_valid():
        return _editor(request, form, found, chosen, status=UNPROCESSABLE)
    try:
        verbs.revise(
            template=chosen,
            number=form.cleaned_data["number"] or 0,
            wording=form.wording(),
            by=Actor.person(request.user),
        )
    except StaleTemplate as stale:
        again = form.rebased(stale.template.current.number)
        return _editor(request, again, found, stale.template, stale=stale, status=CONFLICT)
    messages.success(request, _("The template is saved. Posts already begun from it keep their words."))
    return redirect("playbook_manage", playbook=found.slug)


@require_POST
@central_view(Action.TEACH)
def template_preview(request: HttpRequest, playbook: str) -> HttpResponse:
    """What chapters would get, while somebody writes."""
    return render(
        request, "playbooks/_template_preview.html", {"previews": _previews(TemplateForm(request.POST))}
    )


@require_POST
@central_view(Action.TEACH)
def template_withdraw(request: HttpRequest, playbook: str, template: int) -> HttpResponse:
    """Stop offering a template."""
    found = _playbook(playbook)
    verbs.withdraw(template=_template(found, template), by=Actor.person(request.user))
    messages.success(request, _("The template is withdrawn. Posts already begun from it stay as they are."))
    return redirect("playbook_manage", playbook=found.slug)


@require_POST
@central_view(Action.TEACH)
def template_offer(request: HttpRequest, playbook: str, template: int) -> HttpResponse:
    """Offer a withdrawn template again."""
    found = _playbook(playbook)
    verbs.offer_again(template=_template(found, template), by=Actor.person(request.user))
    messages.success(request, _("The template is offered again."))
    return redirect("playbook_manage", playbook=found.slug)


def _editor(
    request: HttpRequest,
    form: TemplateForm,
    playbook: Playbook,
    template: Template | None = None,
    *,
    stale: StaleTemplate | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "playbook": playbook,
        "template": template,
        "previews": _previews(form),
        "fields": FIELDS.values(),
    }
    if stale:
        theirs = stale.template.current
        context |= {
            "stale": stale,
            "theirs": theirs,
            "paragraphs": differences(theirs.text, form.cleaned_data["text"]),
        }
    return render(request, "playbooks/template_form.html", context, status=status)


def _previews(form: TemplateForm) -> list[tuple[str, object]]:
    text = str(form["text"].value() or "")
    return [
        (_("For a chapter with all its details"), fill(text, sample_chapter())),
        (_("For a chapter that gave only its name"), fill(text, bare_chapter())),
    ]


def _playbook(slug: str) -> Playbook:
    return get_object_or_404(Playbook.objects.select_related("current"), slug=slug)


def _template(playbook: Playbook, pk: int) -> Template:
    return get_object_or_404(playbook.templates.select_related("current", "playbook"), pk=pk)
