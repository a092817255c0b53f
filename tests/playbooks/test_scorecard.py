from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from chapters.models import Chapter, Event
from playbooks import deciding, keeping, scorecard, scorecard_words, teaching
from playbooks.models import Decision, Playbook, Proposal, Question, Suggestion, TemplateUse, Vote
from playbooks.scorecard import Share, by_month, together
from tests.playbooks import offers, shelf

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(month: int, day: int, hour: int = 9, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def asked(who, chapter, when, *, answered=None, accepted=None) -> None:
    """A question as it was asked `when`, answered and accepted so long after."""
    question = Question.objects.create(
        chapter=chapter, asker=who, title="How?", promised_at=when + 2 * DAY,
        first_answered_at=answered and when + answered, accepted_at=accepted and when + accepted,
    )  # fmt: skip
    Question.objects.filter(pk=question.pk).update(created_at=when)


def voted(who, chapter, version, helped, when) -> None:
    Vote.objects.create(
        by=who, chapter=chapter, playbook=version.playbook, version=version, helped=helped, said_at=when
    )


def edit(cast, chapter, state, when, subject="playbook") -> None:
    Proposal.objects.create(
        chapter=cast.central, subject_type=subject, subject_uid="1", base="a", offered="b",
        by_chapter=chapter, state=state, decided_at=when,
    )  # fmt: skip


def published(cast, when, title="Ask before you film") -> Playbook:
    """A playbook whose only version is of `when`."""
    playbook = shelf.drafted(cast.cato, title)
    teaching.publish(playbook=playbook, draft_number=1, change_note="", by=cast.actor(cast.cato), at=when)
    return playbook


def done(playbook, verb, when, **data) -> None:
    subject = {"subject_type": "playbook", "subject_uid": str(playbook.pk)}
    Event.objects.create(
        actor_kind=Event.ActorKind.PERSON, verb=f"playbook_{verb}", at=when, data=data, **subject
    )


def whole() -> scorecard.Tally:
    return together(by_month(NOW).values())


def test_twelve_months_end_with_this_one_on_the_central_teams_clocks(cast):
    Chapter.objects.filter(pk=cast.central.pk).update(time_zone="Pacific/Auckland")
    last_evening = datetime(2026, 11, 30, 23, tzinfo=UTC)  # December there already
    asked(cast.ana, cast.lisbon, last_evening - HOUR)
    months = by_month(last_evening)
    assert (len(months), min(months), max(months)) == (12, date(2026, 1, 1), date(2026, 12, 1))
    assert months[date(2026, 12, 1)].asked == 1


def test_waiting_is_the_median_of_what_was_answered_and_says_of_how_many(cast):
    for hours in (1, 2, 30):
        asked(cast.ana, cast.lisbon, at(10, 5), answered=hours * HOUR)
    asked(cast.alba, cast.porto, at(10, 6), answered=3 * HOUR, accepted=5 * HOUR)
    asked(cast.otto, cast.braga, at(11, 6))
    asked(cast.cato, cast.central, at(10, 6), answered=HOUR)  # its own: not counted
    asked(cast.ana, cast.lisbon, at(10, 6, year=2025), answered=HOUR)  # too long ago
    found = whole()
    assert (found.asked, len(found.first_answers), scorecard.middle(found.first_answers)) == (
        5,
        4,
        2.5 * HOUR,
    )
    answers, accepted, *_rest = scorecard_words.measures(NOW)
    assert answers.says == "4 of 5 answered, half of them within 2 hours 30 minutes"
    assert accepted.says == "1 of 5 got an answer that helped, after 5 hours"
    words = [point.words for point in answers.trend.points]
    assert words[-1] == "0 of 1 answered"
    assert words[0] == "no questions"
    assert answers.trend.points[-1].value is None
    assert answers.trend.points[-2].label == "Oct 2026"  # and not a day of October
    assert answers.trend.points[-2].figure == "2 h"
    assert answers.trend.note == "Lower is better."


def test_suggestions_count_each_chapters_latest_decision_and_why_it_declined(cast):
    suggestion, other = offers.offered(cast.cato), offers.offered(cast.cato, "Other words")
    for of, chapter, who, reason in (
        (suggestion, cast.lisbon, cast.ana, "own"),
        (suggestion, cast.porto, cast.alba, "own"),
        (other, cast.lisbon, cast.ana, "tone"),
        (other, cast.central, cast.cato, "topic"),
    ):
        deciding.decline(suggestion=of, chapter=chapter, reason=reason, by=cast.actor(who))
    deciding.take_back(suggestion=suggestion, chapter=cast.porto, by=cast.actor(cast.alba))
    Decision.objects.create(
        suggestion=suggestion, chapter=cast.braga, state="adapted", version=1, at=at(11, 3)
    )
    Decision.objects.exclude(chapter=cast.braga).update(at=at(10, 3))
    found = whole()
    assert dict(found.decisions) == {"declined": 2, "adapted": 1}
    said = next(one for one in scorecard_words.measures(NOW) if one.key == "suggestions")
    assert said.says == "0 of 3 used, 1 of 3 adapted, 2 of 3 declined"
    assert said.more == "Why not: We have our own (1), Not our tone (1)."
    assert "Lisbon" not in said.says + said.more


def test_votes_and_edits_of_chapters_count_where_they_were_settled(cast):
    playbook = shelf.published(cast.cato)
    for who, chapter, helped in (
        (cast.ana, cast.lisbon, True), (cast.rui, cast.lisbon, True), (cast.alba, cast.porto, False),
        (cast.cleo, cast.central, True),
    ):  # fmt: skip
        voted(who, chapter, playbook.current, helped, at(9, 9))
    edit(cast, cast.lisbon, Proposal.State.TAKEN, at(9, 9))
    edit(cast, cast.lisbon, Proposal.State.PARTLY, at(9, 10))
    edit(cast, cast.porto, Proposal.State.LEFT, at(10, 1))
    edit(cast, cast.porto, Proposal.State.WITHDRAWN, at(10, 1))
    edit(cast, cast.porto, Proposal.State.TAKEN, at(10, 1), subject="post")
    months = by_month(NOW)
    assert months[date(2026, 9, 1)].helped == Share(2, 3)
    assert months[date(2026, 9, 1)].edits_taken == Share(2, 2)
    assert together(months.values()).edits_taken == Share(2, 3)
    words = {one.key: one.says for one in scorecard_words.measures(NOW)}
    assert (words["helped"], words["edits"]) == ("2 of 3 said it helped", "2 of 3 taken, 1 of them in part")


def test_chapter_came_back_on_a_later_day_within_thirty_days_and_counts_when_they_are_over(cast):
    playbook = shelf.published(cast.cato)
    asked(cast.ana, cast.lisbon, at(8, 3, 9))
    asked(cast.ana, cast.lisbon, at(8, 3, 15))  # the same day: no coming back
    voted(cast.rui, cast.lisbon, playbook.current, True, at(9, 2))  # the thirtieth day
    asked(cast.alba, cast.porto, at(8, 4))
    asked(cast.alba, cast.porto, at(9, 4))  # a day too late
    asked(cast.otto, cast.braga, at(11, 10))
    asked(cast.otto, cast.braga, at(11, 12))  # came back, but its days are not over
    months = by_month(NOW)
    assert months[date(2026, 8, 1)].returned == Share(1, 2)
    assert months[date(2026, 9, 1)].returned == Share(0, 2)
    assert months[date(2026, 11, 1)].returned == Share()


def test_using_a_template_is_coming_back_too(cast):
    playbook = shelf.published(cast.cato)
    version = shelf.template(playbook, cast.cato).current
    for when in (at(7, 1), at(7, 20)):
        use = TemplateUse.objects.create(version=version, chapter=cast.lisbon, post_uid=uuid.uuid4())
        TemplateUse.objects.filter(pk=use.pk).update(at=when)
    assert by_month(NOW)[date(2026, 7, 1)].returned == Share(1, 1)


LATE, FRESH, NOT_OFFERED = Share(0, 1), Share(1, 1), Share()


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], {1: NOT_OFFERED, 2: FRESH, 7: FRESH, 8: LATE, 11: LATE}),  # due on 21 August
        ([("still_good", at(9, 10))], {8: LATE, 9: FRESH, 11: FRESH}),
        ([("still_good", at(5, 1), "2026-06-30")], {5: FRESH, 6: FRESH, 7: LATE}),
        ([("arranged", at(5, 1), "2027-06-30")], {7: FRESH, 8: LATE}),
        ([("archived", at(5, 1))], {4: FRESH, 5: NOT_OFFERED, 11: NOT_OFFERED}),
        ([("archived", at(5, 1)), ("restored", at(10, 1))], {9: NOT_OFFERED, 10: LATE}),
    ],
    ids=["forgotten", "looked late", "day named", "put off without a look", "archived", "restored"],
)  # fmt: skip
def test_playbook_counts_as_reviewed_until_its_date(cast, events, expected):
    playbook = published(cast, at(2, 20))
    for verb, when, *until in events:
        done(playbook, verb, when, **({"until": until[0]} if until else {}))
    months = by_month(NOW)
    assert {month: months[date(2026, month, 1)].reviewed for month in expected} == expected


def test_saying_that_it_is_still_good_and_archiving_are_seen(cast):
    overdue, gone, _forgotten = [published(cast, at(2, 20), title) for title in ("One", "Two", "Three")]
    by = cast.actor(cast.cato)
    keeping.still_good(playbook=overdue, by=by)
    teaching.archive(playbook=gone, by=by)
    assert together(by_month().values()).reviewed == Share(1, 2)


def test_playbooks_on_time_over_several_months_are_those_of_the_last(cast):
    published(cast, at(2, 20))
    published(cast, at(11, 1), "Another")
    assert whole().reviewed == Share(1, 2)
    [reviewed] = [each for each in scorecard_words.measures(NOW) if each.key == "reviewed"]
    assert reviewed.says == "now 1 of 2 within their date"
    assert "Three months ago" in reviewed.trend.summary


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(3, 4, "3 of 4"), (0, 9, "0 of 9"), (36, 50, "72 % (36 of 50)"), (999, 1000, "99 % (999 of 1000)"),
     (1, 1000, "1 % (1 of 1000)"), (10, 10, "100 % (10 of 10)")],
)  # fmt: skip
def test_share_of_few_has_no_percentage_and_no_rounding_to_all_or_nothing(part, whole, words):
    assert scorecard_words.share(Share(part, whole)) == words


def page(cast, who, slug):
    return cast.client(who).get(reverse("scorecard", args=[slug]))


def test_every_chapter_reads_the_same_page_and_no_chapter_is_named_on_it(cast):
    for who, chapter in ((cast.ana, cast.lisbon), (cast.alba, cast.porto), (cast.otto, cast.braga)):
        asked(who, chapter, datetime.now(UTC) - DAY, answered=HOUR)
    said = set()
    for who, slug in ((cast.vera, "lisbon"), (cast.paulo, "porto"), (cast.cato, "central")):
        shown = page(cast, who, slug)
        main = re.search(r"<main.*</main>", shown.content.decode(), re.S)[0]
        assert not re.search("Lisbon|Porto|Braga", main)
        assert main.count('<svg class="trend-drawing"') == main.count("<table") > 0
        heading = f"<h1>{'How we help' if who == cast.cato else 'How we are helped'}</h1>"
        assert heading in main
        said.add(re.sub(r"\s+", " ", main.replace(heading, "")))
    assert len(said) == 1
    assert page(cast, cast.otto, "lisbon").status_code == 404


def test_before_anything_happened_the_page_says_how_it_begins(cast):
    shown = page(cast, cast.vera, "lisbon")
    assert "Nothing to grade yet" in shown.content.decode()


def test_queries_do_not_grow_with_what_is_counted(cast):
    def act():
        assert page_client.get(reverse("scorecard", args=["lisbon"])).status_code == 200

    page_client = cast.client(cast.vera)
    fill(cast, 1)
    few = shelf.queries(act)
    fill(cast, 40)
    assert shelf.queries(act) == few


def fill(cast, count: int) -> None:
    when = datetime.now(UTC) - 40 * DAY
    shelf.many(count, first=Question.objects.count())
    suggestions = Suggestion.objects.bulk_create(Suggestion(title="S") for _n in range(count))
    Decision.objects.bulk_create(
        Decision(suggestion=one, chapter=cast.lisbon, state="used", version=1, at=when) for one in suggestions
    )
    for days in range(count):
        asked(cast.ana, cast.lisbon, when - days * DAY, answered=HOUR)
        edit(cast, cast.porto, Proposal.State.TAKEN, when)
