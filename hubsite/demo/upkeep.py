"""How the demo's central team keeps its playbooks good, and what chapters keep to read."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from hubsite.demo import clock, content
from hubsite.demo.cast import Cast
from playbooks import following, keeping, planned, reading_list, reviewing, teaching
from playbooks.models import Playbook

GOES_OUT = time(9, 0)  # on the central team's clocks
READ_AFTER = timedelta(days=3)


def load(cast: Cast) -> None:
    """Everything of the content file."""
    told = content.read("upkeep")
    for number, entry in enumerate(told["retired"]):
        _retire(cast, entry, number)
    for number, entry in enumerate(told["looks"]):
        _look(cast, entry, number)
    for number, entry in enumerate(told["public"]):
        with clock.at(_when(cast, entry, number)):
            keeping.open_to_all(playbook=_playbook(entry["on"]), by=cast.actor(entry["by"]))
    for number, entry in enumerate(told["drafts"]):
        _draft(cast, entry, number)
    for number, entry in enumerate(told["readers"]):
        _reader(cast, entry, number)


def _when(cast: Cast, entry: dict[str, Any], number: int) -> datetime:
    return cast.moment(entry["days_ago"], "central", number)


def _playbook(slug: str) -> Playbook:
    return Playbook.objects.select_related("current").get(slug=slug)


def _retire(cast: Cast, entry: dict[str, Any], number: int) -> None:
    with clock.at(_when(cast, entry, number)):
        teaching.archive(
            playbook=_playbook(entry["slug"]),
            replaced_by=_playbook(entry["replaced_by"]),
            by=cast.actor(entry["by"]),
        )


def _look(cast: Cast, entry: dict[str, Any], number: int) -> None:
    moment = _when(cast, entry, number)
    again = moment.date() + timedelta(days=entry["again_in"]) if "again_in" in entry else None
    with clock.at(moment):
        keeping.still_good(playbook=_playbook(entry["on"]), by=cast.actor(entry["by"]), next_review=again)


def _draft(cast: Cast, entry: dict[str, Any], number: int) -> None:
    by, moment = cast.actor(entry["by"]), _when(cast, entry, number)
    playbook = _playbook(entry["on"])
    words = teaching.Draft.of(playbook)
    with clock.at(moment):
        playbook = teaching.save_draft(
            playbook=playbook,
            draft_number=playbook.draft_number,
            draft=teaching.Draft(**{**vars(words), "body": words.body.replace(entry["find"], entry["put"])}),
            by=by,
        )
        drafted = {"playbook": playbook, "draft_number": playbook.draft_number}
        reviewing.ask(**drafted, by=by, note=entry["note"])
    if "answer" not in entry:
        return
    answer = entry["answer"]
    decide = reviewing.approve if answer["approved"] else reviewing.want_changes
    with clock.at(moment + timedelta(hours=answer["after_hours"])):
        decide(**drafted, by=cast.actor(answer["by"]), comment=answer["words"])
    if "goes_out_in" in entry:
        day = cast.now.astimezone(cast.central.zone).date() + timedelta(days=entry["goes_out_in"])
        at = datetime.combine(day, GOES_OUT, tzinfo=cast.central.zone)
        with clock.at(moment + timedelta(hours=answer["after_hours"] + 1)):
            planned.plan(**drafted, change_note=entry["change_note"], at=at, by=by)


def _reader(cast: Cast, entry: dict[str, Any], number: int) -> None:
    person, moment = cast.user(entry["by"]), _when(cast, entry, number)
    with clock.at(moment):
        for slug in [*entry["done"], *entry["saved"]]:
            reading_list.save(playbook=_playbook(slug), person=person)
        for topic in entry["follows"]:
            following.follow(topic=topic, person=person)
    with clock.at(moment + READ_AFTER):
        for slug in entry["done"]:
            reading_list.finish(playbook=_playbook(slug), person=person)
