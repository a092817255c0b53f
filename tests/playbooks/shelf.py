"""Playbooks for tests, made by the verbs that make real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chapters.events import Actor
from chapters.models import User
from playbooks import reviewing, teaching, template_writing
from playbooks.models import Playbook, PlaybookVersion, Template
from playbooks.teaching import Draft
from playbooks.template_writing import Wording

BODY = "## First small step\n\nLook around the room.\n\n## Steps\n\nName one thing you can see.\n"


def draft(title: str = "Ask before you film", **words: Any) -> Draft:
    """What an author might write."""
    return Draft(**{"title": title, "summary": "People say yes more often.", "body": BODY, **words})


def drafted(by: User, title: str = "Ask before you film", **words: Any) -> Playbook:
    """A playbook nobody outside the central team has seen."""
    return teaching.create(draft=draft(title, **words), by=Actor.person(by))


def publish(playbook: Playbook, by: User, note: str = "") -> PlaybookVersion:
    """Publish the draft without a second look, as what comes from elsewhere is."""
    return teaching.publish(
        playbook=playbook,
        draft_number=playbook.draft_number,
        change_note=note,
        by=Actor.person(by),
        at=timezone.now(),
    )


def looked_at(playbook: Playbook, by: User) -> Playbook:
    """The same playbook, its draft approved by a second editor."""
    fresh = Playbook.objects.select_related("current").get(pk=playbook.pk)
    reviewing.approve(playbook=fresh, draft_number=fresh.draft_number, by=Actor.person(by))
    return fresh


def published(by: User, title: str = "Ask before you film", **words: Any) -> Playbook:
    """A playbook that chapters read."""
    playbook = drafted(by, title, **words)
    publish(playbook, by)
    return Playbook.objects.select_related("current").get(pk=playbook.pk)


def revised(playbook: Playbook, by: User, note: str = "Shorter.", **words: Any) -> Playbook:
    """The same playbook with one more version."""
    fresh = Playbook.objects.get(pk=playbook.pk)
    changed = {**teaching.Draft.of(fresh).__dict__, **words}
    saved = teaching.save_draft(
        playbook=fresh, draft_number=fresh.draft_number, draft=Draft(**changed), by=Actor.person(by)
    )
    publish(saved, by, note)
    return Playbook.objects.select_related("current").get(pk=playbook.pk)


def template(
    playbook: Playbook, by: User, text: str = "See you in {{ chapter.city }}", **words: Any
) -> Template:
    """A template that the playbook offers, published without a version of the playbook."""
    added = template_drafted(playbook, by, text, **words)
    template_writing.publish(playbook=playbook, by=Actor.person(by))
    added.refresh_from_db()
    return added


def template_drafted(
    playbook: Playbook, by: User, text: str = "See you in {{ chapter.city }}", **words: Any
) -> Template:
    """A template in the playbook's draft."""
    wording = Wording(**{"name": "Call for helpers", "text": text, **words})
    added = template_writing.add(playbook=playbook, wording=wording, by=Actor.person(by))
    playbook.refresh_from_db(fields=["draft_number", "text_number"])
    return added


def withdrawn(template: Template, by: User) -> Template:
    """The same template, no longer offered to chapters."""
    actor = Actor.person(by)
    template_writing.withdraw(template=template, by=actor)
    template_writing.publish(playbook=template.playbook, by=actor)
    template.playbook.refresh_from_db(fields=["draft_number"])
    template.refresh_from_db(fields=["is_withdrawn", "archived_at", "change_number"])
    return template


def many(count: int, *, first: int = 0, topics: list[str] | None = None) -> None:
    """`count` published playbooks, quickly: for query counts."""
    now = timezone.now()
    playbooks = Playbook.objects.bulk_create(
        Playbook(slug=f"row-{n:04}", title=f"Row {n:04}", summary="Row", body=BODY)
        for n in range(first, first + count)
    )
    versions = PlaybookVersion.objects.bulk_create(
        PlaybookVersion(
            playbook=playbook,
            number=1,
            title=playbook.title,
            summary=playbook.summary,
            body=BODY,
            topics=topics or ["photos"],
            published_at=now,
        )
        for playbook in playbooks
    )
    for playbook, version in zip(playbooks, versions, strict=True):
        playbook.current, playbook.status = version, Playbook.Status.PUBLISHED
    Playbook.objects.bulk_update(playbooks, ["current", "status"], batch_size=200)


def queries(act: Callable[[], None]) -> int:
    """How many queries `act` takes, once what is remembered between requests is there."""
    act()
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)
