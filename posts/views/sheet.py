"""The sheet somebody writes on: what lies on it and what templates/posts/compose.html draws of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.models import Chapter, User
from hubsite.lib import times
from playbooks import filling
from playbooks.models import SuggestionItem, TemplateVersion
from posts import advising, practices, previews
from posts.checking import Finding, look
from posts.forms import ComposeForm
from posts.models import Media, Post
from posts.tray import Laid, Tray

GOES_ON = frozenset({"submit", "schedule", "publish"})


@dataclass
class Desk:
    """All that lies in front of somebody who writes."""

    request: HttpRequest
    form: ComposeForm
    tray: Tray
    post: Post | None = None
    template: TemplateVersion | None = None
    suggestion: SuggestionItem | None = None
    doing: str = ""
    conflict: dict[str, Any] | None = None
    refused: str = ""
    findings: list[Finding] = field(default_factory=list)
    questions: dict[str, str] = field(default_factory=dict)

    @property
    def chapter(self) -> Chapter:
        return self.request.chapter

    @property
    def is_blank(self) -> bool:
        own = any(self.form.own_text(pk) for pk in self.form.chosen)
        return not (self.form.words.strip() or own or self.form.address or self.tray.laid)

    @property
    def shows_problems(self) -> bool:
        """Nobody is told that their post is empty before they wrote anything."""
        return self.doing in GOES_ON or not self.is_blank

    @property
    def open_places(self) -> list[str]:
        """What still stands in [brackets], in the common text and in the chosen accounts' own."""
        own = [self.form.own_text(pk) or "" for pk in self.form.chosen]
        return filling.open_places("\n".join([self.form.words, *own]))

    def ask(self, questions: dict[str, str]) -> bool:
        """Whether any of the questions was not asked yet; then the page asks all of them."""
        self.questions = questions
        return not set(questions) <= set(self.request.POST.getlist("asked"))

    def look(self) -> None:
        """Let every chosen account's platform look at what is there."""
        chosen = set(self.form.chosen)
        self.findings = look(
            [choice for choice in self.form.choices if choice.account.pk in chosen],
            text=self.form.words.strip(),
            own={pk: self.form.own_text(pk) for pk in chosen},
            link=self.form.address,
            images=self.tray.images,
            video=self.tray.video,
        )

    @property
    def is_blocked(self) -> bool:
        """Whether a platform objects to what is meant to go on."""
        return self.doing in GOES_ON and any(finding.problems for finding in self.findings)

    @property
    def guard(self) -> str:
        """What the browser keeps half-written text under."""
        return guard_key(self.request.user, self.chapter, self.post)


def guard_key(user: User, chapter: Chapter, post: Post | None) -> str:
    """What a browser keeps half-written text of this sheet under."""
    return f"{user.uid}-post-{post.uid}" if post else f"{user.uid}-new-{chapter.slug}"


def forgotten(request: HttpRequest, post: Post | None) -> str:
    """The key of the half-written text that is saved now, so that the browser drops its copy; or nothing."""
    what = request.GET.get("forget")
    if what == "new":
        return guard_key(request.user, request.chapter, None)
    if what == "say" and post:
        return f"{request.user.uid}-say-{post.uid}"
    return guard_key(request.user, request.chapter, post) if what == "edit" and post else ""


def context(desk: Desk) -> dict[str, Any]:
    """Everything the sheet's templates read."""
    chapter, form, post = desk.chapter, desk.form, desk.post
    problems = _problems(desk) if desk.shows_problems else {}
    boxes = practices.boxes(desk.request, post)
    return {
        "desk": desk,
        "chapter": chapter,
        "zone": chapter.zone,
        "post": post,
        "form": form,
        "targets": _targets(form, problems),
        "has_threads": any(choice.limits and choice.limits.thread_max > 1 for choice in form.choices),
        "pictures": _pictures(desk),
        "problems": problems,
        "mend": _to_mend(desk, problems),
        "shown": _shown(desk),
        "findings": desk.findings,
        "primary": _primary(desk),
        "may_submit": _may_submit(desk),
        "advice": _advice(desk),
        "advised": advising.advice(_seen(desk), person=desk.request.user),
        "practices": boxes,
        "any_practice": any(box.is_ticked for box in boxes),
        "missing": _missing(desk),
        "guard": desk.guard,
        "forget": forgotten(desk.request, post),
        "address": _address(desk),
        "add_url": reverse("media_add", args=[chapter.slug]),
        "video_bytes": settings.MEDIA_VIDEO_MAX_BYTES,
        "video_megabytes": settings.MEDIA_VIDEO_MAX_BYTES // 1024**2,
        "check_url": reverse("post_check", args=[chapter.slug]) + (f"?post={post.uid}" if post else ""),
    }


def _address(desk: Desk) -> str:
    """Where Back and Reload find this sheet again, with the pictures that are in the tray but on no post."""
    is_loose = desk.doing or "picture" in desk.request.GET
    named = [("picture", str(laid.media.uid)) for laid in desk.tray.laid] if is_loose else []
    if desk.post is not None:
        return _with(reverse("post_edit", args=[desk.chapter.slug, desk.post.uid]), named)
    named.insert(0, ("form", str(desk.form["form_key"].value())))
    if day := desk.request.GET.get("day"):
        named.append(("day", day))
    named += [("practice", slug) for slug in desk.request.GET.getlist("practice")]
    if desk.template is not None:
        named.append(("template", str(desk.template.pk)))
    if desk.suggestion is not None:
        named.append(("suggestion", str(desk.suggestion.pk)))
    return _with(reverse("post_new", args=[desk.chapter.slug]), named)


def _with(address: str, named: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(named)}" if named else address


def _targets(form: ComposeForm, problems: dict[str, list[dict[str, str]]]) -> list[dict[str, Any]]:
    chosen = set(form.chosen)
    return [
        {
            "choice": choice,
            "chosen": choice.account.pk in chosen,
            "own": form[f"text_{choice.account.pk}"],
            "has_own": form.own_text(choice.account.pk) is not None,
            "said": problems.get(f"text-{choice.account.pk}", []),
        }
        for choice in form.choices
    ]


def _pictures(desk: Desk) -> list[dict[str, str]]:
    return [picture_of(desk.chapter, laid) for laid in desk.tray.laid]


def picture_of(chapter: Chapter, laid: Laid) -> dict[str, str]:
    """A picture, or the video, as the sheet's strip draws it."""
    shown = previews.picture(laid.media, laid.alt, partial(media_url, chapter))
    return shown | {"id": str(laid.media.uid)}


def _problems(desk: Desk) -> dict[str, list[dict[str, str]]]:
    """The platforms' objections by the place in the form where they are said; the same one is said once."""
    places: dict[str, dict[str, list[str]]] = {}
    for finding in desk.findings:
        for problem in finding.problems:
            places_of = {"alt": "images", "video": "images", "text": f"text-{finding.account.pk}"}
            place = places_of.get(problem.field, problem.field)
            if problem.field == "text" and not finding.has_own_text:
                place = "text"
            places.setdefault(place, {}).setdefault(problem.message, []).append(finding.account.handle)
    return {
        place: [{"message": message, "accounts": ", ".join(handles)} for message, handles in said.items()]
        for place, said in places.items()
    }


def _to_mend(desk: Desk, problems: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    """What keeps the sheet from going on, for the list on top: each with the id of its field."""
    if desk.doing in {"", "check"}:
        return []
    anchors = {"targets": "targets", "date": "id_date", "time": "id_time", "fold": "id_fold_0"}
    rows = [
        {"anchor": anchors.get(name, f"id_{name}"), "message": message}
        for name, errors in desk.form.errors.items()
        for message in errors
    ]
    rows += [{"anchor": "pictures-files", "message": message} for message in desk.tray.errors]
    if desk.doing in GOES_ON:
        places = {"images": "pictures-files", "link": "id_link", "targets": "targets"}
        for place, said in problems.items():
            anchor = places.get(place, f"id_{place.replace('-', '_')}")
            rows += [{"anchor": anchor, "message": f"{one['accounts']}: {one['message']}"} for one in said]
    rows += [{"anchor": "id_text" if key.startswith("places") else "id_date", "message": message}
             for key, message in desk.questions.items()]  # fmt: skip
    if desk.refused:
        rows.insert(0, {"anchor": "", "message": desk.refused})
    return rows


def _shown(desk: Desk) -> previews.Wording:
    """The preview of the account somebody asked to see, else of the first chosen one."""
    wanted = desk.request.POST.get("show", "")

    def url_of(media: Media) -> str:
        return media_url(desk.chapter, media)

    for finding in sorted(desk.findings, key=lambda finding: str(finding.account.pk) != wanted):
        return previews.of_finding(finding, link=desk.form.address, laid=desk.tray.laid, url_of=url_of)
    images = previews.image_list(desk.tray.laid, url_of)
    link = previews.link_card(desk.form.address)
    return previews.Wording(desk.form.words.strip(), link, images, [], nobody=desk.chapter.name)


def _primary(desk: Desk) -> dict[str, str]:
    """The one thing to do next, in the words of this chapter's rule."""
    if desk.post is not None and desk.post.status == Post.Status.IN_REVIEW:
        return {"do": "save", "label": _("Save changes"), "icon": "check"}
    if desk.chapter.review_rule == Chapter.ReviewRule.REQUIRED:
        return {"do": "submit", "label": _("Submit for review"), "icon": "send"}
    at = desk.form.at if desk.form.is_bound else (desk.post.planned_at if desk.post else None)
    if at is not None and at > timezone.now():
        label = _("Schedule for %(when)s") % {"when": times.when(at, desk.chapter.zone)}
        return {"do": "schedule", "label": label, "icon": "clock-3"}
    return {"do": "publish", "label": _("Publish now"), "icon": "send"}


def _may_submit(desk: Desk) -> bool:
    in_review = desk.post is not None and desk.post.status == Post.Status.IN_REVIEW
    return not in_review and desk.chapter.review_rule == Chapter.ReviewRule.OPTIONAL


def _advice(desk: Desk) -> list[str]:
    undescribed = _(
        "Picture %(number)d has no description. One sentence is enough, for people who can't see it."
    )
    said = [undescribed % {"number": number} for number in desk.tray.without_words]
    if desk.tray.video_without_words:
        said.append(
            _("The video has no description. Say what happens in it, for people who can't see or hear it.")
        )
    said += _padding(desk)
    if places := desk.open_places:
        said.append(previews.places_words(places))
    return said


def _seen(desk: Desk) -> advising.Sheet:
    """What the rules of advice look at."""
    described = [laid.alt for laid in desk.tray.laid if not laid.media.is_video]
    return advising.Sheet(
        text=desk.form.words,
        link=desk.form.address,
        descriptions=(*described, *desk.tray.to_come),
        platforms=frozenset(finding.account.platform for finding in desk.findings),
        places=(desk.chapter.city, desk.chapter.meeting_place),
    )


def _padding(desk: Desk) -> list[str]:
    """Which pictures get plain borders, and where: said once for all accounts of a platform."""
    words = _(
        "%(platform)s doesn't show pictures of this shape whole. Picture %(number)d goes there with plain "
        "borders, so that nothing is cut off."
    )
    found = [
        words % {"platform": finding.choice.platform_label, "number": number}
        for finding in desk.findings
        for number in finding.padded
    ]
    return list(dict.fromkeys(found))


def _missing(desk: Desk) -> list[filling.LocalField]:
    """What the template wanted and the chapter's settings do not say, while the text still shows the gap."""
    source = desk.template or desk.suggestion
    if source is None:
        return []
    missing = filling.fill(source.text, desk.chapter).missing
    return [one for one in missing if one.placeholder in desk.form.words]


def media_url(chapter: Chapter, media: Media) -> str:
    """Where a chapter's members get a picture or a video."""
    return reverse("media", args=[chapter.slug, media.uid])
