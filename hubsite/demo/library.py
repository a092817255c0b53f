"""The demo's playbooks, with the versions they went through."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile

from chapters.events import Actor
from chapters.models import User
from hubsite.demo import clock, content, scenes
from hubsite.demo.cast import Cast
from hubsite.demo.content import PlaybookText
from playbooks import keeping, pictures, reviewing, teaching, template_writing
from playbooks.models import Playbook

SECOND_READERS = ("marit.solheim", "tom.prentice")  # the first of them who did not write it looks at it
TRANSLATED = ("title", "summary", "time_needed", "people_needed", "audience")

SCENE = re.compile(r"!\[(?P<alt>[^\]]+)\]\(scene:(?P<scene>\w+):(?P<palette>\w+)\)")


def load(now: datetime) -> None:
    """Write and publish every playbook."""
    cast = Cast(now)
    for number, text in enumerate([*content.playbooks(), *content.retired()]):
        _load(text, cast, number)


def _load(text: PlaybookText, cast: Cast, number: int) -> None:
    owner = Actor.person(User.objects.get(email=text.facts["owner"]))
    versions = text.facts["versions"]
    playbook: Playbook | None = None
    for index, version in enumerate(versions):
        moment = cast.moment(version["days_ago"], "central", number + index)
        draft = _draft(text, text.as_of(index + 1))
        with clock.at(moment):
            if playbook is None:
                playbook = teaching.create(draft=replace(draft, body=SCENE.sub("", draft.body)), by=owner)
            playbook = teaching.save_draft(
                playbook=playbook,
                draft_number=playbook.draft_number,
                draft=replace(draft, body=_with_pictures(draft.body, playbook, owner)),
                by=owner,
            )
            if index == 0:
                _templates(playbook, text, owner)
            approve(playbook, owner)
            teaching.publish(
                playbook=playbook,
                draft_number=playbook.draft_number,
                change_note=version["change_note"],
                by=owner,
            )
            playbook.refresh_from_db()
        _translate(text, playbook, cast, since=version["days_ago"], until=_next_version(versions, index))
    reviewed: date = (cast.now - timedelta(days=text.facts["last_reviewed"])).date()
    Playbook.objects.filter(pk=playbook.pk).update(slug=text.facts["slug"], last_reviewed=reviewed)


def _with_pictures(body: str, playbook: Playbook, by: Actor) -> str:
    """The text with the addresses of pictures in the places that name scenes."""

    def add(found: re.Match[str]) -> str:
        data = scenes.draw({"scene": found["scene"], "palette": found["palette"]}, 0)
        upload = ContentFile(data, name="picture")
        return pictures.add(playbook=playbook, upload=upload, alt=found["alt"], by=by).markdown

    return SCENE.sub(add, body)


def approve(playbook: Playbook, writer: Actor) -> None:
    """Let somebody else of the central team look at the draft as it stands."""
    others = [name for name in map(content.address, SECOND_READERS) if name != writer.user.email]
    reader = Actor.person(User.objects.get(email=others[0]))
    reviewing.approve(playbook=playbook, draft_number=playbook.draft_number, by=reader)


def _templates(playbook: Playbook, text: PlaybookText, owner: Actor) -> None:
    for template in text.templates:
        wording = template_writing.Wording(
            name=template["name"], text=template["text"], note=template.get("note", "")
        )
        template_writing.add(playbook=playbook, wording=wording, by=owner)
    playbook.refresh_from_db()


def _next_version(versions: list[dict[str, Any]], index: int) -> int:
    return versions[index + 1]["days_ago"] if index + 1 < len(versions) else 0


def _translate(original: PlaybookText, playbook: Playbook, cast: Cast, *, since: int, until: int) -> None:
    """Publish the translations that were made of the version that was the newest in those days."""
    for number, text in enumerate(content.translations()):
        if text.facts["of"] != original.facts["slug"] or not until <= text.facts["days_ago"] < since:
            continue
        owner = Actor.person(User.objects.get(email=text.facts["owner"]))
        with clock.at(cast.moment(text.facts["days_ago"], "central", number)):
            translation = keeping.translate(playbook=playbook, language=text.facts["language"], by=owner)
            translation = teaching.save_draft(
                playbook=translation,
                draft_number=translation.draft_number,
                draft=replace(_draft(original, text.body), **{name: text.facts[name] for name in TRANSLATED}),
                by=owner,
            )
            _templates(translation, text, owner)
            approve(translation, owner)
            teaching.publish(
                playbook=translation,
                draft_number=translation.draft_number,
                change_note=text.facts["change_note"],
                by=owner,
            )
        Playbook.objects.filter(pk=translation.pk).update(slug=text.facts["slug"])


def compare_translations(cast: Cast) -> None:
    """Let those who keep a translation look whether it still tells what the original tells."""
    for number, text in enumerate(content.translations()):
        if "compared_days_ago" in text.facts:
            owner = Actor.person(User.objects.get(email=text.facts["owner"]))
            with clock.at(cast.moment(text.facts["compared_days_ago"], "central", number)):
                keeping.caught_up(translation=Playbook.objects.get(slug=text.facts["slug"]), by=owner)


def _draft(text: PlaybookText, body: str) -> teaching.Draft:
    return teaching.Draft(
        title=text.facts["title"],
        summary=text.facts["summary"],
        body=body,
        time_needed=text.facts["time_needed"],
        people_needed=text.facts["people_needed"],
        platforms=text.facts["platforms"],
        topics=text.facts["topics"],
        audience=text.facts["audience"],
    )
