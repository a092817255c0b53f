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
    """Write a template for a playbook, as part of its draft."""
    found = _playbook(playbook)
    if request.method == "GET":
        return _editor(request, TemplateForm(), found)
    form = TemplateForm(request.POST)
    if "preview" in request.POST:
        return _editor(request, form, found)
    if not form.is_valid():
        return _editor(request, form, found, status=UNPROCESSABLE)
    verbs.add(playbook=found, wording=form.wording(), by=Actor.person(request.user))
    said = _("The template is added. Chapters get it when the playbook is published.")
    drafts.stored(request, said, guard=f"template-new-{found.pk}")
    return redirect("playbook_manage", playbook=found.slug)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def template_edit(request: HttpRequest, playbook: str, template: int) -> HttpResponse:
    """Revise a template in the draft. Posts that chapters began from it keep what they have."""
    found = _playbook(playbook)
    chosen = _template(found, template)
    if request.method == "GET":
        return _editor(request, TemplateForm.of(chosen), found, chosen)
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
        again = form.rebased(stale.template.change_number)
        return _editor(request, again, found, stale.template, stale=stale, status=CONFLICT)
    said = _("The template is saved. Chapters get it when the playbook is published.")
    drafts.stored(request, said, guard=f"template-{chosen.pk}-{form.cleaned_data['number']}")
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
    """Offer a template no longer, from the next version of its playbook on."""
    found = _playbook(playbook)
    withdrawn = verbs.withdraw(template=_template(found, template), by=Actor.person(request.user))
    messages.success(
        request,
        _("Withdrawn in the draft: chapters are offered it until the playbook is published.")
        if withdrawn.current and not withdrawn.archived_at
        else _("The template is taken out. You can offer it again."),
    )
    return redirect("playbook_manage", playbook=found.slug)


@require_POST
@central_view(Action.TEACH)
def template_offer(request: HttpRequest, playbook: str, template: int) -> HttpResponse:
    """Offer a withdrawn template again."""
    found = _playbook(playbook)
    verbs.offer_again(template=_template(found, template), by=Actor.person(request.user))
    messages.success(request, _("The template is back in the draft."))
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
        theirs = stale.template
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
