"""Advisories: the central team asks, each chapter decides, and nobody is paused who did not choose it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chapters import advisories, rules
from chapters.models import Advisory, AdvisoryAnswer, Chapter, Event, Notice
from chapters.problems import Refused

pytestmark = pytest.mark.django_db

Rule = Chapter.AdvisoryRule


@pytest.fixture
def issue(cast):
    def make(**details):
        wanted = {"reason": "A bereavement in the movement", "ends_at": timezone.now() + timedelta(days=1)}
        return advisories.issue(membership=cast.membership(cast.cato), **{**wanted, **details})

    return make


def state(chapter):
    return Chapter.objects.get(pk=chapter.pk).state


def choose(cast, rule):
    rules.change_settings(chapter=cast.lisbon, by=cast.actor(cast.lucia), advisory_rule=rule)


def end(advisory):
    Advisory.objects.filter(pk=advisory.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    advisories.sweep()


class TestWhoDecides:
    def test_an_advisory_pauses_no_chapter_that_did_not_choose_to_follow(self, cast, issue):
        advisory = issue()
        advisories.sweep()
        for chapter in (cast.lisbon, cast.porto, cast.braga):
            assert advisories.follow(advisory=advisory, chapter=chapter) is None
            assert state(chapter) == "active"
        assert not AdvisoryAnswer.objects.exists()

    @pytest.mark.parametrize("rule", [Rule.FOLLOW, Rule.ASK_AND_RESUME])
    def test_the_central_team_can_neither_answer_for_a_chapter_nor_change_its_choice(self, cast, issue, rule):
        advisory = issue()
        client = cast.client(cast.cleo)
        for path, data in [
            (f"/c/lisbon/advisories/{advisory.uid}/pause/", {}),
            (f"/c/central/advisories/{advisory.uid}/pause/", {"chapter": cast.lisbon.pk, "slug": "lisbon"}),
            ("/c/lisbon/pause/", {"reason": "As advised"}),
            ("/c/lisbon/advisories/rule/", {"advisory_rule": rule}),
            ("/central/advisories/new/", {"reason": "x", "follow": "on", "chapters": [cast.lisbon.pk]}),
        ]:
            client.post(path, data)
        advisories.sweep()
        cast.lisbon.refresh_from_db()
        assert (cast.lisbon.state, cast.lisbon.advisory_rule) == ("active", Rule.ASK)

    def test_a_chapter_that_chose_to_follow_is_paused_by_the_hub_with_its_setting_in_the_history(
        self, cast, issue
    ):
        choose(cast, Rule.FOLLOW)
        advisory = issue()
        advisories.sweep()
        advisories.sweep()
        cast.lisbon.refresh_from_db()
        assert (cast.lisbon.state, cast.lisbon.paused_reason) == ("paused", advisory.reason)
        assert cast.lisbon.paused_until == advisory.ends_at
        line = Event.objects.get(verb="advisory_followed")
        assert (line.actor_kind, line.chapter) == ("system", cast.lisbon)
        assert line.data["setting"] == "advisory_rule=follow"
        assert state(cast.porto) == "active"

    def test_one_press_pauses_and_one_says_we_go_on(self, cast, issue):
        advisory = issue()
        cast.client(cast.lucia).post(f"/c/lisbon/advisories/{advisory.uid}/pause/")
        cast.client(cast.eva).post(f"/c/porto/advisories/{advisory.uid}/go-on/")
        assert (state(cast.lisbon), state(cast.porto)) == ("paused", "active")
        answers = dict(AdvisoryAnswer.objects.values_list("chapter__slug", "answer"))
        assert answers == {"lisbon": "paused", "porto": "goes_on"}
        with pytest.raises(Refused):
            advisories.go_on(advisory=advisory, membership=cast.membership(cast.lucia))

    def test_a_chapter_that_said_it_goes_on_is_not_paused_when_it_follows_later(self, cast, issue):
        advisory = issue()
        advisories.go_on(advisory=advisory, membership=cast.membership(cast.lucia))
        choose(cast, Rule.FOLLOW)
        advisories.sweep()
        assert state(cast.lisbon) == "active"

    def test_an_advisory_for_a_region_is_nothing_to_the_others(self, cast, issue):
        advisory = issue(regions=[cast.north])
        advisories.sweep()
        lisbon = cast.membership(cast.lucia)
        assert advisories.current_for(cast.lisbon) == []
        assert [each.advisory for each in advisories.current_for(cast.porto)] == [advisory]
        with pytest.raises(Refused):
            advisories.pause_for(advisory=advisory, membership=lisbon)
        told = Notice.objects.filter(kind="advisory").values_list("chapter__slug", flat=True)
        assert set(told) == {"porto", "braga"}


class TestTheEnd:
    def test_who_paused_is_reminded_once_and_stays_paused(self, cast, issue):
        advisory = issue()
        advisories.pause_for(advisory=advisory, membership=cast.membership(cast.eduardo))
        end(advisory)
        end(advisory)
        assert state(cast.lisbon) == "paused"
        assert Notice.objects.filter(kind="advisory_over", person=cast.lucia).count() == 1

    @pytest.mark.parametrize("rule", [Rule.ASK_AND_RESUME, Rule.FOLLOW])
    def test_who_chose_so_resumes_by_itself(self, cast, issue, rule):
        choose(cast, rule)
        advisory = issue()
        advisories.sweep()
        if rule == Rule.ASK_AND_RESUME:
            assert state(cast.lisbon) == "active"
            advisories.pause_for(advisory=advisory, membership=cast.membership(cast.eduardo))
        advisories.withdraw(advisory=advisory, membership=cast.membership(cast.cato))
        advisories.sweep()
        assert state(cast.lisbon) == "active"
        assert Event.objects.get(verb="chapter_resumed").data["setting"] == f"advisory_rule={rule}"

    @pytest.mark.parametrize("rule", [Rule.ASK_AND_RESUME, Rule.FOLLOW])
    def test_a_pause_of_the_chapters_own_is_never_lifted(self, cast, issue, rule):
        choose(cast, rule)
        rules.pause(chapter=cast.lisbon, reason="Holidays", by=cast.actor(cast.lucia))
        before = issue()
        advisories.sweep()
        end(before)
        assert state(cast.lisbon) == "paused"
        rules.resume(chapter=cast.lisbon, by=cast.actor(cast.lucia))
        later = issue()
        advisories.sweep()
        if rule == Rule.ASK_AND_RESUME:
            advisories.pause_for(advisory=later, membership=cast.membership(cast.lucia))
        rules.resume(chapter=cast.lisbon, by=cast.actor(cast.lucia))
        rules.pause(chapter=cast.lisbon, reason="Our own sorrow", by=cast.actor(cast.lucia))
        end(later)
        assert state(cast.lisbon) == "paused"


class TestIssuing:
    def test_a_form_sent_twice_makes_one_advisory_and_tells_once(self, cast, issue):
        key = uuid.uuid4()
        assert issue(form_key=key) == issue(form_key=key)
        advisories.sweep()
        advisories.sweep()
        assert Notice.objects.filter(kind="advisory", person=cast.lucia).count() == 1

    def test_only_editors_and_leads_of_the_central_team_advise(self, cast):
        for person in (cast.lucia, cast.otto):
            with pytest.raises(Refused):
                advisories.issue(
                    reason="x",
                    ends_at=timezone.now() + timedelta(days=1),
                    membership=cast.membership(person),
                )

    def test_the_central_team_sees_numbers_and_none_where_they_would_name_somebody(self, cast, issue):
        advisory = issue()
        advisories.go_on(advisory=advisory, membership=cast.membership(cast.lucia))
        assert advisories.tally(advisory) == advisories.Tally(3, few=True)
        for number in range(3):
            Chapter.objects.create(name=f"New {number}", slug=f"new{number}")
        counts = advisories.tally(advisory)
        assert (counts.asked, counts.paused, counts.goes_on, counts.silent) == (6, 0, 1, 5)
