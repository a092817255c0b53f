"""A chapter's home: what needs whom, and what a member finds there."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters import rules
from chapters.models import Chapter
from playbooks import office_hours
from playbooks.models import Playbook, PlaybookVersion
from posts import accounts, composing, needs, pages, workflow
from posts.models import Post, SocialAccount
from tests.playbooks import hours
from tests.support import many, posts

pytestmark = pytest.mark.django_db

CHANGES = "Please name the sponsor."


def home(cast, person, chapter):
    return cast.client(person).get(reverse("chapter_home", args=[chapter.slug]))


def kinds(cast, person):
    return [need.kind for need in needs.of(cast.membership(person)).rows]


def sent_back(cast, text="Sent back"):
    post = posts.in_review(cast.lisbon, cast.ana, text=text)
    return workflow.request_changes(
        post=post, membership=cast.membership(cast.rui), revision=post.revision, text=CHANGES
    )


# ---- what needs whom


def test_review_needs_those_who_may_approve_and_nobody_else(cast):
    posts.in_review(cast.lisbon, cast.eduardo)

    assert kinds(cast, cast.rui) == ["review"]
    assert kinds(cast, cast.lucia) == ["review"]
    assert kinds(cast, cast.eduardo) == []  # wrote it
    assert kinds(cast, cast.ana) == []
    assert kinds(cast, cast.vera) == []


def test_review_count_leaves_out_what_the_reviewer_changed(cast):
    post = posts.in_review(cast.lisbon, cast.ana)
    assert pages.review_count(cast.membership(cast.rui)) == 1

    composing.update(
        post=post, by=cast.actor(cast.rui), seen_revision=post.revision,
        draft=composing.Draft("Better words", targets=composing.draft_of(post).targets),
    )  # fmt: skip

    assert pages.review_count(cast.membership(cast.rui)) == 0
    assert pages.review_count(cast.membership(cast.eduardo)) == 1


def test_changes_need_the_author_with_the_reviewers_words(cast):
    sent_back(cast)

    (need,) = needs.of(cast.membership(cast.ana)).rows
    assert need.kind == "changes"
    assert "Rui" in need.why
    assert CHANGES in need.why
    assert kinds(cast, cast.rui) == []


def test_changes_are_done_once_the_post_is_handed_in_again(cast):
    post = sent_back(cast)
    workflow.submit(post=post, by=cast.actor(cast.ana))

    assert kinds(cast, cast.ana) == []


def test_trouble_needs_its_author_and_every_editor(cast):
    posts.settled(posts.scheduled(cast.lisbon, cast.ana, reviewer=cast.rui), "failed")

    assert kinds(cast, cast.ana) == ["trouble"]
    assert kinds(cast, cast.eduardo) == ["trouble"]
    assert "refused" in needs.of(cast.membership(cast.ana)).rows[0].why


def test_trouble_of_others_is_not_an_authors(cast):
    posts.settled(posts.scheduled(cast.lisbon, cast.eduardo, reviewer=cast.rui), "unconfirmed")

    assert kinds(cast, cast.ana) == []
    assert kinds(cast, cast.vera) == []


def test_broken_account_needs_those_who_connect_accounts(cast):
    account = posts.account(cast.lisbon)
    SocialAccount.objects.filter(pk=account.pk).update(
        broken_at=timezone.now(), broken_message="The access is revoked."
    )

    (need,) = needs.of(cast.membership(cast.lucia)).rows
    assert (need.kind, need.what) == ("account", account.handle)
    assert need.url.endswith(f"#account-{account.uid}")
    assert kinds(cast, cast.rui) == []
    Chapter.objects.filter(pk=cast.lisbon.pk).update(accounts_by=Chapter.AccountsBy.EDITORS)
    assert kinds(cast, cast.rui) == ["account"]


def test_disconnected_account_needs_nobody(cast):
    account = posts.account(cast.lisbon)
    accounts.disconnect(account=account, by=cast.actor(cast.lucia))
    SocialAccount.objects.filter(pk=account.pk).update(broken_at=timezone.now())

    assert kinds(cast, cast.lucia) == []


def test_approved_post_needs_a_time(cast):
    posts.approved(cast.lisbon, cast.ana, cast.rui)
    assert kinds(cast, cast.ana) == ["approved"]


def test_approved_post_whose_time_has_passed_says_so(cast):
    post = posts.approved(cast.lisbon, cast.ana, cast.rui)
    Post.objects.filter(pk=post.pk).update(planned_at=timezone.now() - timedelta(hours=3))

    (need,) = needs.of(cast.membership(cast.ana)).rows
    assert "has passed" in need.why


def test_more_of_a_kind_than_fit_are_counted_and_linked(cast):
    for _ in range(needs.PER_KIND + 2):
        posts.in_review(cast.lisbon, cast.ana)

    found = needs.of(cast.membership(cast.rui))
    assert len(found.rows) == needs.PER_KIND
    assert found.count == needs.PER_KIND + 2
    assert found.more[0].all_url == reverse("review_list", args=["lisbon"])


# ---- the page


def test_home_says_how_many_things_need_somebody_and_when_the_next_goes_out(cast):
    account = posts.account(cast.lisbon)
    posts.in_review(cast.lisbon, cast.ana, account)
    at = timezone.now() + timedelta(days=400)
    posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.eduardo, at=at)

    page = home(cast, cast.rui, cast.lisbon)

    assert page.context["summary"].startswith("1 thing needs you. The next post goes out ")
    assert page.context["summary"].endswith(" Lisbon.")


def test_empty_blocks_are_not_drawn(cast):
    posts.draft(cast.lisbon, cast.ana)

    page = home(cast, cast.ana, cast.lisbon)

    for heading in ("Needs you now", "Next out", "Just out", "Picked for Lisbon"):
        assert heading not in page.text


def test_next_out_says_what_stands_in_the_way(cast):
    account = posts.account(cast.porto, handle="@porto")
    posts.scheduled(cast.porto, cast.alba, account)
    accounts.pause(account=account, reason="A new logo", by=cast.actor(cast.paulo))

    assert "@porto is paused." in home(cast, cast.alba, cast.porto).text


def test_just_out_links_to_the_published_post(cast):
    post = posts.settled(posts.scheduled(cast.porto, cast.alba), "published")

    assert post.deliveries.get().permalink in home(cast, cast.alba, cast.porto).text


def test_home_shows_three_next_and_three_out(cast):
    account = posts.account(cast.porto)
    for day in range(1, 6):
        posts.scheduled(cast.porto, cast.alba, account, at=timezone.now() + timedelta(days=day))
        posts.settled(posts.scheduled(cast.porto, cast.alba, account), "published")

    page = home(cast, cast.alba, cast.porto)

    assert len(page.context["next_out"]) == len(page.context["just_out"]) == 3
    times = [post.planned_at for post in page.context["next_out"]]
    assert times == sorted(times)


def test_new_for_you_is_the_playbook_published_last(cast):
    for number, title in enumerate(["Older", "Newest"]):
        playbook = Playbook.objects.create(slug=title.lower(), title=title, summary="It helps.")
        version = PlaybookVersion.objects.create(
            playbook=playbook, number=1, title=title, summary="It helps.", body="Words",
            published_at=timezone.now() - timedelta(days=9 - number),
        )  # fmt: skip
        Playbook.objects.filter(pk=playbook.pk).update(status="published", current=version)

    page = home(cast, cast.ana, cast.lisbon)

    assert page.context["picks"][0].playbook.title == "Newest"
    assert page.context["picks"][0].why == "New from the central team."
    assert reverse("playbook_detail", args=["lisbon", "newest"]) in page.text


# ---- a new chapter


def test_new_chapter_tells_its_lead_to_connect_an_account(cast):
    assert reverse("account_connect", args=["braga"]) in home(cast, cast.otto, cast.braga).text


def test_new_chapter_tells_others_who_can_connect_an_account(cast):
    page = home(cast, cast.vera, cast.lisbon)
    assert "A lead of your chapter can connect the first one" in page.text
    assert reverse("account_connect", args=["lisbon"]) not in page.text


def test_chapter_with_an_account_and_no_post_is_told_to_write(cast):
    posts.account(cast.braga)
    page = home(cast, cast.otto, cast.braga)
    assert page.context["beginning"] == "post"
    assert "Write your first post" in page.text


# ---- around it


def test_home_remembers_the_chapter_for_the_next_visit(cast):
    client = cast.client(cast.rui)
    client.get(reverse("chapter_home", args=["lisbon"]))
    assert client.session["chapter_slug"] == "lisbon"
    assert client.get("/").url == reverse("chapter_home", args=["lisbon"])


def test_home_of_another_chapter_does_not_exist(cast):
    assert home(cast, cast.otto, cast.lisbon).status_code == 404


def test_office_hour_and_what_was_agreed_at_it_are_at_home(cast):
    hour = hours.offered(cast.central, cast.cato)[0]
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana)
    office_hours.note(
        booking=booking, words="Try a Tuesday", whose="chapter", by=cast.actor(cast.cato), key=uuid.uuid4()
    )
    for person in (cast.ana, cast.eduardo, cast.rui):
        page = home(cast, person, cast.lisbon).text
        assert "With Cato, booked by Ana" in page
        assert "Try a Tuesday" in page
    assert "Try a Tuesday" not in home(cast, cast.vera, cast.lisbon).text
    assert "Try a Tuesday" not in home(cast, cast.alba, cast.porto).text
    office_hours.settle(agreed=booking.agreed.get(), by=cast.actor(cast.ana))
    assert "Try a Tuesday" not in home(cast, cast.ana, cast.lisbon).text


def test_home_asks_the_same_number_of_queries_however_much_there_is(cast):
    account = posts.account(cast.lisbon)
    client, url = cast.client(cast.rui), reverse("chapter_home", args=["lisbon"])
    client.get(url)  # the session remembers the chapter
    statuses = ("in_review", "approved", "scheduled", "failed", "published")
    for status in statuses:
        many.bulk(account, cast.ana, needs.PER_KIND + 1, status=status)
    few = many.queries(client, url)

    for status in statuses:
        many.bulk(account, cast.ana, 200, status=status)

    assert many.queries(client, url) == few


def test_paused_chapter_is_promised_no_time(cast):
    posts.scheduled(cast.porto, cast.alba)
    assert "The next post goes out" in home(cast, cast.alba, cast.porto).text
    rules.pause(chapter=cast.porto, reason="Fire", by=cast.actor(cast.paulo))
    page = home(cast, cast.alba, cast.porto).text
    assert "The next post goes out" not in page
    assert "These wait while publishing is paused." in page
