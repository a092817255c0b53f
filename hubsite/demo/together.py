"""What the demo's central team and chapters do together: practices, an advisory, office hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from chapters import advisories, rules, wishes
from hubsite.demo import clock, content
from hubsite.demo.cast import Cast, key
from playbooks import office_hours, practising
from playbooks.models import Agreed, OfficeHour, Practice
from posts import practices
from posts.models import Post

NAMED_DAYS_AGO = 84  # before the first post of the content file
TUESDAY = 1
MINUTE = timedelta(minutes=1)


def begin(cast: Cast) -> None:
    """Name the practices, before the first post uses one."""
    for number, entry in enumerate(content.read("together")["practices"]):
        with clock.at(cast.moment(NAMED_DAYS_AGO, "central", number)):
            words = practising.Words(entry["name"], entry["sentence"], entry["measure"])
            taught_by = [cast.playbooks[slug] for slug in entry["taught_by"]]
            practising.name(words=words, playbooks=taught_by, by=cast.actor("camila.reyes"))


def mark(cast: Cast, post: Post) -> None:
    """Say of a post that was just begun which practices it uses, if any."""
    used = [
        entry["name"]
        for entry in content.read("together")["practices"]
        if any(post.chapter.slug == chapter and post.text.startswith(begins)
               for chapter, begins in entry["used_by"])
    ]  # fmt: skip
    if used:
        with clock.at(post.created_at + 4 * MINUTE):  # after where it came from
            found = Practice.objects.filter(name__in=used)
            practices.mark(post=post, practices=found, by=cast.author(post))


def load(cast: Cast) -> None:
    """Everything else of the content file."""
    told = content.read("together")
    for number, entry in enumerate(told["emergencies"]):
        _emergency(cast, entry, number)
    for number, entry in enumerate(told["advisories"]):
        _advisory(cast, entry, number)
    for number, entry in enumerate(told["office_hours"]):
        _office_hours(cast, entry, number)


def _emergency(cast: Cast, entry: dict[str, Any], number: int) -> None:
    by, moment = cast.actor(entry["by"]), cast.moment(entry["days_ago"], "central", number)
    with clock.at(moment):
        wishes.declare_emergency(reason=entry["reason"], lasts=wishes.EMERGENCY_MAX, by=by)
    with clock.at(moment + timedelta(hours=entry["ended_after"])):
        wishes.end_emergency(by=by)


def _advisory(cast: Cast, entry: dict[str, Any], number: int) -> None:
    moment = cast.moment(entry["days_ago"], "central", number)
    ends_at = moment + timedelta(hours=entry["hours"])
    regions = {chapter.region.slug: chapter.region for chapter in cast.chapters.values() if chapter.region}
    with clock.at(moment + MINUTE):
        advisory = advisories.issue(
            reason=entry["reason"],
            ends_at=ends_at,
            regions=[regions[slug] for slug in entry["regions"]],
            membership=cast.membership(entry["by"], "central"),
            form_key=key("advisory", number),
        )
        advisories.sweep()
    for answer in entry["answers"]:
        member = cast.membership(answer["by"], answer["chapter"])
        verb = advisories.pause_for if "resumed_after" in answer else advisories.go_on
        with clock.at(moment + timedelta(hours=answer["after_hours"])):
            verb(advisory=advisory, membership=member)
        if "resumed_after" in answer:
            with clock.at(moment + timedelta(hours=answer["resumed_after"])):
                rules.resume(chapter=member.chapter, by=cast.actor(answer["by"]))
    with clock.at(ends_at + MINUTE):
        advisories.sweep()


def _office_hours(cast: Cast, entry: dict[str, Any], number: int) -> None:
    host = cast.user(entry["host"])
    begins = datetime.combine(_tuesday(cast, entry["begins_in"]), time.fromisoformat(entry["at"]))
    offer = office_hours.Offer(
        begins=begins,
        ends=begins + timedelta(minutes=entry["minutes"] * entry["hours"]),
        minutes=entry["minutes"],
        place=entry["place"],
        note=entry["note"],
        weeks=entry.get("weeks", 1),
    )
    with clock.at(cast.moment(entry["days_ago"], "central", number)):
        by = cast.actor(entry["host"])
        hours = office_hours.offer(host=host, team=cast.central, offer=offer, by=by)
    for booked in entry["booked"]:
        _book(cast, booked, hours[booked["hour"]], entry["host"], number)


def _tuesday(cast: Cast, begins_in: int) -> date:
    """The first Tuesday from that many days after today on."""
    day = cast.now.astimezone(cast.central.zone).date() + timedelta(days=begins_in)
    return day + timedelta(days=(TUESDAY - day.weekday()) % 7)


def _book(cast: Cast, booked: dict[str, Any], hour: OfficeHour, host: str, number: int) -> None:
    with clock.at(cast.moment(booked["days_ago"], booked["chapter"], number)):
        booking = office_hours.book(
            hour=hour,
            chapter=cast.chapters[booked["chapter"]],
            team=cast.central,
            by=cast.actor(booked["by"]),
            wishes=booked["wishes"],
        )
    for place, to_do in enumerate(booked["agreed"]):
        with clock.at(hour.ends_at):
            agreed = office_hours.note(
                booking=booking,
                words=to_do["words"],
                whose=to_do["whose"],
                by=cast.actor(host),
                key=key(f"agreed {number}", place),
            )
        if to_do["done"]:
            is_chapters = to_do["whose"] == Agreed.Whose.CHAPTER
            with clock.at(hour.ends_at + timedelta(days=4)):
                office_hours.settle(agreed=agreed, by=cast.actor(booked["by"] if is_chapters else host))
