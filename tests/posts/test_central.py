"""The central team's home and the posts that chapters asked it to look at."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters import invitations
from chapters.models import Chapter, Membership
from chapters.permissions import Role
from playbooks.models import Playbook, PlaybookVersion, Template, TemplateUse, TemplateVersion
from posts import helping, pages
from posts.models import HelpRequest, Post
from tests.support import many, posts
from tests.support.cast import member

pytestmark = pytest.mark.django_db

HOME = "/c/central/"


def ask(cast, post, **details):
    return helping.ask_help(post=post, of_chapter=cast.central, by=cast.actor(post.author), **details)


def asked_texts(page):
    return [row.post.text for row in page.context["rows"]]


@pytest.fixture
def asking(cast):
    return lambda person=None: cast.client(person or cast.cato).get(reverse("asking"))


# ---- chapters asking


def test_asking_shows_only_what_was_asked(cast, asking):
    ask(cast, posts.draft(cast.porto, cast.alba, text="Please look"), note="Too long?")
    posts.draft(cast.porto, cast.alba, text="Our own business")

    page = asking()

    assert asked_texts(page) == ["Please look"]
    assert "Too long?" in page.text
    assert "Our own business" not in page.text


def test_asking_ends_with_the_request_and_with_the_post_being_out(cast, asking):
    closed = ask(cast, posts.draft(cast.porto, cast.alba, text="Thank you"))
    helping.close_help(request=closed, by=cast.actor(cast.alba))
    out = posts.draft(cast.porto, cast.alba, text="Out already")
    ask(cast, out)
    Post.objects.filter(pk=out.pk).update(status="published")

    assert asked_texts(asking()) == []
    assert pages.asking_count(cast.membership(cast.cato)) == 0


def test_request_to_another_chapter_is_not_the_central_teams(cast, asking):
    post = posts.draft(cast.porto, cast.alba)
    helping.ask_help(post=post, of_chapter=cast.lisbon, by=cast.actor(cast.alba))
    assert asked_texts(asking()) == []


def test_request_of_a_chapter_that_left_is_gone(cast, asking):
    ask(cast, posts.draft(cast.porto, cast.alba))
    Chapter.objects.filter(pk=cast.porto.pk).update(state=Chapter.State.LEFT)
    assert asked_texts(asking()) == []


def test_most_urgent_request_comes_first(cast, asking):
    now = timezone.now()
    account = posts.account(cast.porto)
    ask(cast, posts.draft(cast.porto, cast.alba, account, text="Any time"))
    ask(
        cast,
        posts.draft(cast.porto, cast.alba, account, text="In two days", planned_at=now + timedelta(days=2)),
    )
    ask(cast, posts.draft(cast.porto, cast.alba, account, text="Tomorrow"), wanted_by=now + timedelta(days=1))

    assert asked_texts(asking()) == ["Tomorrow", "In two days", "Any time"]


def test_central_viewer_does_not_see_what_chapters_ask(cast, asking):
    viewer = member("Vito", cast.central, Role.VIEWER)
    ask(cast, posts.draft(cast.porto, cast.alba, text="Please look"))

    assert asking(viewer).status_code == 403
    page = cast.client(viewer).get(HOME)
    assert page.status_code == 200
    assert "Please look" not in page.text


def test_asking_does_not_exist_for_others(cast, asking):
    assert asking(cast.lucia).status_code == 404


def test_asking_asks_the_same_number_of_queries_at_ten_rows_and_at_a_thousand(cast):
    account, client = posts.account(cast.porto), cast.client(cast.cato)
    url = reverse("asking")

    def fill(number):
        HelpRequest.objects.bulk_create(
            HelpRequest(post=post, of_chapter=cast.central, asked_by=cast.alba)
            for post in many.bulk(account, cast.alba, number)
        )

    fill(10)
    few = many.queries(client, url)
    fill(1000)
    assert many.queries(client, url) == few
    assert client.get(url).context["page"].later_url


# ---- the home


def playbook(title, *uses):
    made = Playbook.objects.create(slug=title.lower(), title=title, summary="It helps.")
    version = PlaybookVersion.objects.create(
        playbook=made, number=1, title=title, summary="It helps.", body="Words", published_at=timezone.now()
    )
    Playbook.objects.filter(pk=made.pk).update(status="published", current=version)
    template = TemplateVersion.objects.create(
        template=Template.objects.create(playbook=made), number=1, name="A", text="Words"
    )
    for chapter in uses:
        TemplateUse.objects.create(version=template, chapter=chapter, post_uid=uuid.uuid4())


def test_home_shows_what_chapters_ask_and_how_playbooks_are_used(cast):
    ask(cast, posts.draft(cast.porto, cast.alba, text="Please look"))
    playbook("Unused")
    playbook("Liked", cast.porto, cast.porto, cast.lisbon)

    page = cast.client(cast.cato).get(HOME)

    assert page.context["summary"] == "1 thing needs you."
    assert "Please look" in page.text
    assert "3 posts begun in 2 chapters" in page.text
    assert [line.playbook.title for line in page.context["uses"]] == ["Liked", "Unused"]


def test_home_names_chapters_and_regions_and_nothing_of_their_work(cast):
    account = posts.account(cast.porto)
    many.bulk(account, cast.alba, 3, status="published")
    Chapter.objects.create(name="Silent", slug="silent", region=cast.south)

    page = cast.client(cast.cleo).get(HOME)

    shown = [(region.name, [c.name for c in region.chapters]) for region in page.context["regions"].regions]
    assert shown == [("North", ["Braga", "Porto"]), ("South", ["Lisbon", "Silent"])]
    assert "published number" not in page.text
    assert account.handle not in page.text


def test_chapters_that_left_are_not_named(cast):
    Chapter.objects.filter(pk=cast.braga.pk).update(state=Chapter.State.LEFT)
    assert "Braga" not in cast.client(cast.cleo).get(HOME).text


def test_open_invitations_are_for_those_who_make_them(cast):
    Membership.objects.filter(chapter=cast.braga).delete()
    invitations.invite(
        chapter=cast.braga, email="new.lead@example.org", role=Role.LEAD, by=cast.actor(cast.cleo)
    )
    invitations.invite(
        chapter=cast.central, email="colleague@example.org", role=Role.EDITOR, by=cast.actor(cast.cleo)
    )
    invitations.invite(
        chapter=cast.lisbon, email="friend@example.org", role=Role.AUTHOR, by=cast.actor(cast.lucia)
    )

    seen = cast.client(cast.cleo).get(HOME).text
    assert "new.lead@example.org" in seen
    assert "colleague@example.org" in seen
    assert "friend@example.org" not in seen  # Lisbon's own business
    assert "@example.org" not in _main(cast.client(cast.cato).get(HOME).text)


def test_central_team_sees_its_own_posts_too(cast):
    posts.settled(posts.scheduled(cast.central, cast.cato), "failed")
    page = cast.client(cast.cato).get(HOME)
    assert "Needs you now" in page.text


def test_home_asks_the_same_number_of_queries_for_few_chapters_and_for_many(cast):
    client = cast.client(cast.cleo)
    client.get(HOME)
    few = many.queries(client, HOME)
    Chapter.objects.bulk_create(
        Chapter(name=f"Chapter {n:03}", slug=f"chapter-{n}", region=cast.north) for n in range(300)
    )
    assert many.queries(client, HOME) == few
    assert client.get(HOME).context["regions"].is_cut


def _main(text):
    return text[text.index("<main") :]
