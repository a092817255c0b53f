"""What a reader keeps for later, and who hears of what is new on a topic."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Event, Membership, Notice
from chapters.permissions import Role
from playbooks import following, reading_list, teaching
from playbooks.errors import NotNow
from playbooks.models import SavedPlaybook, TopicFollow
from tests.playbooks import shelf

pytestmark = pytest.mark.django_db


def told(person):
    return list(Notice.objects.filter(person=person, kind="playbook_published").order_by("pk"))


@pytest.fixture
def photos(cast):
    return shelf.published(cast.cato, "Photos people like", topics=["photos", "events"])


# ---- reading list


def test_saving_twice_keeps_one_and_brings_back_what_was_done(cast, photos):
    reading_list.save(playbook=photos, person=cast.ana)
    reading_list.finish(playbook=photos, person=cast.ana)
    assert [row.playbook for row in reading_list.of(cast.ana).done] == [photos]

    reading_list.save(playbook=photos, person=cast.ana)
    reading_list.save(playbook=photos, person=cast.ana)

    assert [row.playbook for row in reading_list.of(cast.ana).to_read] == [photos]
    assert reading_list.of(cast.ana).done == []


def test_a_list_is_ones_own_and_leaves_no_history(cast, photos):
    before = Event.objects.count()
    reading_list.save(playbook=photos, person=cast.ana)
    reading_list.finish(playbook=photos, person=cast.otto)
    reading_list.drop(playbook=photos, person=cast.otto)

    assert SavedPlaybook.objects.get().person == cast.ana
    assert SavedPlaybook.objects.get().done_at is None
    assert reading_list.of(cast.otto).to_read == []
    assert reading_list.states(cast.ana, [photos]) == {photos.pk: "saved"}
    assert reading_list.states(cast.otto, [photos]) == {}
    assert Event.objects.count() == before


# ---- topics


def test_a_follower_of_two_topics_hears_once_of_each_version(cast, photos):
    for topic in ("photos", "events"):
        following.follow(topic=topic, person=cast.ana)
    shelf.revised(photos, cast.cato, "Shorter, with examples", summary="New words.")

    (notice,) = told(cast.ana)
    assert notice.chapter == cast.lisbon
    assert notice.title == "Changed playbook: Photos people like"
    assert "Shorter, with examples" in notice.body
    assert "follow one of its topics" in notice.body
    assert notice.path == "/c/lisbon/playbooks/photos-people-like/"

    following.tell_followers(photos.versions.first())
    assert len(told(cast.ana)) == 1
    assert told(cast.otto) == []


def test_who_is_in_two_chapters_hears_in_one_and_who_published_hears_nothing(cast, photos):
    Membership.objects.create(user=cast.ana, chapter=cast.braga, role=Role.VIEWER)
    following.follow(topic="photos", person=cast.ana)
    following.follow(topic="photos", person=cast.cato)
    shelf.published(cast.cato, "Light", topics=["photos"])

    (notice,) = told(cast.ana)
    assert (notice.chapter, notice.title) == (cast.braga, "New playbook: Light")
    assert told(cast.cato) == []


def test_what_was_published_long_ago_is_no_news(cast, photos):
    following.follow(topic="photos", person=cast.ana)
    teaching.publish(
        playbook=shelf.drafted(cast.cato, "Old", topics=["photos"]), draft_number=1, change_note="",
        by=cast.actor(cast.cato), at=timezone.now() - timedelta(days=9),
    )  # fmt: skip
    assert told(cast.ana) == []


def test_a_notice_that_fails_does_not_stop_the_publication(cast, photos, monkeypatch):
    following.follow(topic="photos", person=cast.ana)
    monkeypatch.setattr(following, "notify", lambda *args, **kwargs: 1 / 0)
    assert shelf.published(cast.cato, "Light", topics=["photos"]).current.number == 1


def test_following_twice_is_one_and_unfollowing_ends_it(cast, photos):
    following.follow(topic="photos", person=cast.ana)
    following.follow(topic="photos", person=cast.ana)
    assert TopicFollow.objects.count() == 1
    following.unfollow(topic="photos", person=cast.otto)
    assert following.topics_of(cast.ana) == ["photos"]
    following.unfollow(topic="photos", person=cast.ana)
    shelf.published(cast.cato, "Light", topics=["photos"])
    assert told(cast.ana) == []


@pytest.mark.parametrize("topic", ["secret", "", "photo", "x" * 5000])
def test_only_topics_that_are_taught_can_be_followed(cast, photos, topic):
    shelf.drafted(cast.cato, "Hidden", topics=["secret"])
    with pytest.raises(NotNow):
        following.follow(topic=topic, person=cast.ana)


def test_topic_is_followed_on_the_playbook_that_has_it(cast, photos):
    client = cast.client(cast.ana)
    page = reverse("playbook_detail", args=["lisbon", photos.slug])
    back = client.post(reverse("topic_list", args=["lisbon"]), {"topic": "photos", "playbook": photos.slug})
    assert (back.url, following.topics_of(cast.ana)) == (f"{page}#topics", ["photos"])
    shown = client.get(page).content.decode()
    assert 'aria-pressed="true"' in shown
    assert "Following" in shown
