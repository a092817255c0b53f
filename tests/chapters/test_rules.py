import pytest

from chapters import events, membership, rules
from chapters.models import Chapter, Notice
from chapters.permissions import Role
from chapters.problems import Refused


def test_settings_change_and_leave_a_line(cast):
    rules.change_settings(chapter=cast.porto, by=cast.actor(cast.paulo), city="Gaia", hashtag="#Porto")
    cast.porto.refresh_from_db()
    assert (cast.porto.city, cast.porto.hashtag) == ("Gaia", "#Porto")
    event = events.history(cast.porto).get()
    assert (event.verb, event.data) == ("settings_changed", {"fields": ["city", "hashtag"]})


def test_nothing_changed_leaves_no_line(cast):
    rules.change_settings(chapter=cast.porto, by=cast.actor(cast.paulo), city="Porto")
    assert not events.history(cast.porto).exists()


def test_slug_and_state_are_no_settings(cast):
    for name in ("slug", "state", "kind", "shares"):
        with pytest.raises(TypeError):
            rules.change_settings(chapter=cast.porto, by=cast.actor(cast.paulo), **{name: "x"})


def test_required_review_needs_two_who_may_approve(cast):
    membership.change_role(membership=cast.membership(cast.eva), role=Role.AUTHOR, by=cast.actor(cast.paulo))
    with pytest.raises(Refused, match="needs two people"):
        rules.change_settings(
            chapter=cast.porto, by=cast.actor(cast.paulo), review_rule=Chapter.ReviewRule.REQUIRED
        )
    cast.porto.refresh_from_db()
    assert cast.porto.review_rule == Chapter.ReviewRule.OPTIONAL


def test_required_review_is_switched_on_with_two(cast):
    rules.change_settings(
        chapter=cast.porto, by=cast.actor(cast.paulo), review_rule=Chapter.ReviewRule.REQUIRED
    )
    cast.porto.refresh_from_db()
    assert cast.porto.review_rule == Chapter.ReviewRule.REQUIRED


def test_other_settings_still_change_when_approvers_are_gone(cast):
    for user in (cast.eduardo, cast.rui):
        membership.remove(membership=cast.membership(user), by=cast.actor(cast.lucia))
    rules.change_settings(
        chapter=cast.lisbon, by=cast.actor(cast.lucia), review_rule="required", city="Almada"
    )
    cast.lisbon.refresh_from_db()
    assert cast.lisbon.city == "Almada"


def test_pausing_says_why_and_tells_those_who_schedule(cast):
    rules.pause(chapter=cast.lisbon, by=cast.actor(cast.eduardo), reason="  Our  hall burned. ")
    cast.lisbon.refresh_from_db()
    assert (cast.lisbon.state, cast.lisbon.paused_reason) == (Chapter.State.PAUSED, "Our hall burned.")
    told = set(Notice.objects.values_list("person__name", flat=True))
    assert told == {"Ana", "Rui", "Lucia"}


def test_pausing_needs_a_reason_and_happens_once(cast):
    with pytest.raises(Refused, match="Say why"):
        rules.pause(chapter=cast.lisbon, by=cast.actor(cast.lucia), reason=" ")
    rules.pause(chapter=cast.lisbon, by=cast.actor(cast.lucia), reason="Fire")
    with pytest.raises(Refused, match="paused already: Fire"):
        rules.pause(chapter=cast.lisbon, by=cast.actor(cast.lucia), reason="Flood")


def test_resuming_goes_on(cast):
    with pytest.raises(Refused, match="not paused"):
        rules.resume(chapter=cast.lisbon, by=cast.actor(cast.lucia))
    rules.pause(chapter=cast.lisbon, by=cast.actor(cast.lucia), reason="Fire")
    rules.resume(chapter=cast.lisbon, by=cast.actor(cast.lucia))
    cast.lisbon.refresh_from_db()
    assert (cast.lisbon.state, cast.lisbon.paused_reason) == (Chapter.State.ACTIVE, "")
