from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chapters.models import Event
from playbooks import deciding, suggested, suggesting
from playbooks.audience import Standing
from playbooks.errors import NotNow, StaleSuggestion
from playbooks.models import Suggestion, SuggestionVersion
from playbooks.suggesting import Terms
from tests.playbooks import offers
from tests.support.cast import Cast
from tests.support.posts import image_file


def at_lisbon() -> Standing:
    return Standing("Lisbon")


def test_a_draft_is_on_no_shelf_until_it_is_offered(cast: Cast) -> None:
    draft = offers.drafted(cast.cato)
    assert suggested.new_for(cast.lisbon, at_lisbon) == []
    suggesting.offer(suggestion=draft, draft_number=1, by=cast.actor(cast.cato))
    assert [one.suggestion for one in suggested.new_for(cast.lisbon, at_lisbon)] == [draft]
    assert Event.objects.filter(verb="suggestion_offered").count() == 1


def test_it_is_seen_from_its_day_until_its_end(cast: Cast) -> None:
    now = timezone.now()
    later = Terms(visible_from=now + timedelta(days=1), until=now + timedelta(days=3))
    offers.offered(cast.cato, terms=later)
    seen = [bool(suggested.new_for(cast.lisbon, at_lisbon, now + timedelta(days=day))) for day in (0, 2, 4)]
    assert seen == [False, True, False]


def test_a_revision_is_a_version_of_its_own_and_needs_a_note(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "One")
    key = offers.items(suggestion)[0].key
    with pytest.raises(NotNow, match="says the same"):
        suggesting.offer(suggestion=suggestion, draft_number=1, change_note="x", by=cast.actor(cast.cato))
    suggesting.save_draft(
        suggestion=suggestion,
        draft_number=1,
        words=offers.words("Two", key=str(key)),
        by=cast.actor(cast.cato),
    )
    assert offers.items(suggestion)[0].text == "One"  # saving shows chapters nothing
    with pytest.raises(NotNow, match="what changed"):
        suggesting.offer(suggestion=suggestion, draft_number=2, by=cast.actor(cast.cato))
    suggesting.offer(suggestion=suggestion, draft_number=2, change_note="Better", by=cast.actor(cast.cato))
    assert [offers.items(suggestion)[0].key, offers.items(suggestion)[0].text] == [key, "Two"]
    assert SuggestionVersion.objects.get(suggestion=suggestion, number=1).items.get().text == "One"


def test_a_stale_form_overwrites_nothing(cast: Cast) -> None:
    suggestion = offers.drafted(cast.cato, "One")
    by = cast.actor(cast.cato)
    suggesting.save_draft(suggestion=suggestion, draft_number=1, words=offers.words("Two"), by=by)
    with pytest.raises(StaleSuggestion):
        suggesting.save_draft(suggestion=suggestion, draft_number=1, words=offers.words("Three"), by=by)


def test_a_picture_without_description_is_not_offered(cast: Cast) -> None:
    suggestion = offers.drafted(cast.cato, "One")
    by = cast.actor(cast.cato)
    file = image_file()
    upload = suggesting.Upload(file, len(file.getvalue()))
    image = suggesting.add_picture(suggestion=suggestion, upload=upload, by=by)
    picture = offers.suggesting.PictureWords(str(image.uid))
    suggesting.save_draft(
        suggestion=suggestion, draft_number=1, words=offers.words("One", images=(picture,)), by=by
    )
    with pytest.raises(NotNow, match="Describe every picture"):
        suggesting.offer(suggestion=suggestion, draft_number=2, by=by)


def test_a_field_no_chapter_could_fill_is_refused(cast: Cast) -> None:
    with pytest.raises(NotNow, match="cannot fill in"):
        offers.drafted(cast.cato, "See {{ chapter.secrets }}")


def test_a_declined_suggestion_is_not_new_again_until_the_no_is_taken_back(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato)
    by = cast.actor(cast.ana)
    for _twice in range(2):
        deciding.decline(suggestion=suggestion, chapter=cast.lisbon, reason="topic", words="No", by=by)
    assert suggested.new_for(cast.lisbon, at_lisbon) == []
    assert suggested.new_for(cast.porto, lambda: Standing("Porto"))  # the others are asked on their own
    assert deciding.tallies([suggestion])[suggestion.pk].declined == 1
    assert Event.objects.filter(verb="suggestion_declined", chapter=cast.lisbon).count() == 1
    deciding.take_back(suggestion=suggestion, chapter=cast.lisbon, by=by)
    assert suggested.new_for(cast.lisbon, at_lisbon)
    assert deciding.tallies([suggestion])[suggestion.pk].answered == 0


def test_an_ended_suggestion_leaves_the_shelf_and_comes_back(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato)
    suggesting.end(suggestion=suggestion, by=cast.actor(cast.cato))
    assert suggested.new_for(cast.lisbon, at_lisbon) == []
    suggesting.resume(suggestion=suggestion, by=cast.actor(cast.cato))
    assert suggested.new_for(cast.lisbon, at_lisbon)


def test_chapter_takes_back_what_it_sent_in_until_it_was_answered(cast: Cast) -> None:
    sent = suggesting.Sent(uuid.uuid4(), "Hello", "It worked", "Our market post")
    ana, cato = cast.actor(cast.ana), cast.actor(cast.cato)
    suggestion = suggesting.send_in(chapter=cast.lisbon, sent=sent, by=ana)
    suggesting.take_back(suggestion=suggestion, by=ana)
    with pytest.raises(NotNow, match="Lisbon took it back"):
        suggesting.offer(suggestion=suggestion, draft_number=1, by=cato)
    with pytest.raises(NotNow, match="Lisbon took it back"):
        suggesting.resume(suggestion=suggestion, by=cato)
    assert list(suggesting.waiting()) == []
    again = suggesting.send_in(chapter=cast.lisbon, sent=sent, by=ana)
    suggesting.offer(suggestion=again, draft_number=1, by=cato)
    with pytest.raises(NotNow, match="answered already"):
        suggesting.take_back(suggestion=again, by=ana)


def test_what_a_chapter_sends_in_waits_for_the_central_team_and_is_offered_with_credit(cast: Cast) -> None:
    post_uid = uuid.uuid4()
    sent = suggesting.Sent(post_uid, "Hello", "It worked", "Our market post")
    by = cast.actor(cast.ana)
    suggestion = suggesting.send_in(chapter=cast.lisbon, sent=sent, by=by)
    assert suggesting.send_in(chapter=cast.lisbon, sent=sent, by=by) == suggestion
    assert suggestion.waits_for_review
    assert suggested.new_for(cast.porto, lambda: Standing("Porto")) == []
    with pytest.raises(NotNow, match="hears what came of it"):
        suggesting.end(suggestion=suggestion, by=cast.actor(cast.cato))
    suggesting.offer(suggestion=suggestion, draft_number=1, by=cast.actor(cast.cato))
    shown = suggested.new_for(cast.porto, lambda: Standing("Porto"))
    assert [one.suggestion.from_chapter for one in shown] == [cast.lisbon]
    assert suggested.new_for(cast.lisbon, at_lisbon) == []  # nobody is offered their own
    assert Suggestion.objects.count() == 1
