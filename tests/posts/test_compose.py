"""Writing a post on the composer's sheet."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pillow_heif
import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from chapters.models import Chapter
from posts import composing, workflow
from posts.composing import IMAGES_MAX
from posts.models import Media, Post, PostRevision
from tests.support import posts

pytestmark = pytest.mark.django_db

NEW = "/c/lisbon/posts/new/"


@pytest.fixture
def ana(cast):
    return cast.client(cast.ana)


@pytest.fixture
def account(cast):
    return posts.account(cast.lisbon, "@lisbon")


def sheet(*accounts, do="save", **fields):
    """What a browser sends from the composer."""
    fields = {"text": "Bring the toaster that gave up.", "form_key": str(uuid.uuid4()), "do": do} | fields
    return fields | {"targets": [account.pk for account in accounts]}


def again(post, *accounts, do="save", **fields):
    """What a browser sends from the composer of a stored post."""
    return sheet(
        *accounts,
        do=do,
        form_key=str(post.form_key),
        revision=fields.pop("revision", post.revision),
        **fields,
    )


def edit_url(post):
    return reverse("post_edit", args=[post.chapter.slug, post.uid])


class TestNew:
    def test_page_has_the_primary_button_of_a_chapter_that_reviews(self, ana, account):
        page = ana.get(NEW).content.decode()
        assert 'value="submit"' in page
        assert "Submit for review" in page
        assert "Publish now" not in page

    def test_page_has_the_primary_button_of_a_chapter_that_does_not(self, cast):
        page = cast.client(cast.alba).get("/c/porto/posts/new/").content.decode()
        assert "Publish now" in page
        assert "Submit for review" in page  # still possible, beside it

    def test_save_makes_a_draft_and_stays_on_the_sheet(self, cast, ana, account):
        answer = ana.post(NEW, sheet(account, link="example.org/repair"))
        post = Post.objects.get()
        assert answer["Location"] == f"{edit_url(post)}?forget=new"
        assert (post.status, post.author, post.chapter) == ("draft", cast.ana, cast.lisbon)
        assert post.link == "https://example.org/repair"
        assert [target.account for target in post.targets.all()] == [account]

    def test_submit_goes_to_review(self, ana, account):
        answer = ana.post(NEW, sheet(account, do="submit"))
        post = Post.objects.get()
        assert answer["Location"] == f"/c/lisbon/posts/{post.uid}/?forget=new"
        assert post.status == "in_review"

    def test_own_words_for_one_account(self, cast, ana, account):
        other = posts.account(cast.lisbon, "@other")
        ana.post(NEW, sheet(account, other, **{f"text_{other.pk}": "Shorter."}))
        texts = {target.account: target.text for target in Post.objects.get().targets.all()}
        assert texts == {account: None, other: "Shorter."}

    def test_double_click_makes_one_post(self, ana, account):
        fields = sheet(account, do="submit")
        first, second = ana.post(NEW, fields), ana.post(NEW, fields)
        assert Post.objects.count() == 1
        assert first.status_code == second.status_code == 302
        assert str(Post.objects.get().uid) in second["Location"]

    def test_same_form_sent_again_with_more_text_changes_the_post_it_made(self, ana, account):
        fields = sheet(account)
        ana.post(NEW, fields)
        ana.post(NEW, fields | {"text": "Bring the toaster. And the lamp."})
        post = Post.objects.get()
        assert (post.text, post.revision) == ("Bring the toaster. And the lamp.", 2)

    def test_somebody_elses_account_is_not_on_offer(self, cast, ana):
        foreign = posts.account(cast.porto)
        answer = ana.post(NEW, sheet(foreign))
        assert answer.status_code == 422
        assert Post.objects.count() == 0

    def test_viewer_may_not_write(self, cast):
        assert cast.client(cast.vera).get(NEW).status_code == 403
        assert cast.client(cast.otto).get(NEW).status_code == 404

    def test_day_from_the_plan_is_filled_in(self, ana):
        assert 'value="2027-03-02"' in ana.get(f"{NEW}?day=2027-03-02").content.decode()
        assert ana.get(f"{NEW}?day=2027-13-42").status_code == 200

    def test_expired_session_shows_sign_in_and_comes_back_to_the_sheet(self, cast, account):
        answer = cast.client().post(NEW, sheet(account))
        assert answer["Location"] == f"/account/login/?next={NEW}"


class TestLimits:
    def test_save_keeps_what_is_too_long(self, ana, account):
        ana.post(NEW, sheet(account, text="a" * 600))
        assert len(Post.objects.get().text) == 600

    def test_going_on_is_refused_with_the_sentence_beside_the_field(self, ana, account):
        answer = ana.post(NEW, sheet(account, do="submit", text="a" * 600))
        page = answer.content.decode()
        assert answer.status_code == 422
        zone = page.split('id="problems-text"')[1].split("</div>")[0]
        assert "The text is 100 too long" in zone
        assert "a" * 600 in page
        assert Post.objects.count() == 0

    def test_own_text_is_what_counts_for_its_account(self, cast, ana, account):
        short = posts.account(cast.lisbon, "@short", capabilities={"text_max": 20})
        fields = sheet(account, short, do="submit", **{f"text_{short.pk}": "Bring the toaster."})
        assert ana.post(NEW, fields).status_code == 302

        answer = ana.post(NEW, sheet(account, short, do="submit", **{f"text_{short.pk}": "a" * 21}))
        zone = answer.content.decode().split(f'id="problems-text-{short.pk}"')[1].split("</div>")[0]
        assert "1 too long" in zone

    def test_no_account_is_asked_for(self, ana, account):
        answer = ana.post(NEW, sheet(do="submit"))
        assert answer.status_code == 422
        assert "Choose at least one account" in answer.content.decode()

    def test_check_without_script_stores_nothing(self, ana, account):
        answer = ana.post(NEW, sheet(account, do="check", text="a" * 501))
        assert answer.status_code == 200
        assert "The text is 1 too long" in answer.content.decode()
        assert Post.objects.count() == 0

    def test_open_places_are_named_in_the_same_round_as_what_is_wrong(self, ana):
        answer = ana.post(NEW, sheet(do="submit", text="Come to [place]"))
        assert answer.status_code == 422
        assert "Choose at least one account" in answer.text
        assert "still open: [place]. Change it, or press the button again" in answer.text

    def test_live_check_answers_objections_preview_and_button(self, cast):
        account = posts.account(cast.porto, "@porto")
        fields = sheet(account, text="a" * 501, date="2099-12-24", time="18:30")
        page = cast.client(cast.alba).post("/c/porto/posts/check/", fields, headers={"HX-Request": "true"})
        content = page.content.decode()
        assert page.status_code == 200
        assert "<html" not in content
        assert "501 characters, and Practice network takes 500" in content
        assert 'id="problems-text" aria-live="polite" hx-swap-oob="innerHTML"' in content
        assert "Schedule for Thu 24 Dec 2099, 18:30 Lisbon" in content

    def test_live_check_opened_as_a_page_goes_to_the_sheet(self, cast, ana, account):
        post = posts.draft(cast.lisbon, cast.ana, account)
        assert ana.get("/c/lisbon/posts/check/")["Location"] == NEW
        assert ana.get(f"/c/lisbon/posts/check/?post={post.uid}")["Location"] == edit_url(post)

    def test_account_of_a_platform_that_is_gone_is_said_and_not_a_crash(self, cast, ana):
        gone = posts.account(cast.lisbon, "@gone")
        type(gone).objects.filter(pk=gone.pk).update(platform="orkut")
        answer = ana.post(NEW, sheet(gone, do="submit"))
        assert answer.status_code == 422
        assert "no longer offers the platform" in answer.content.decode()


class TestPictures:
    def test_pictures_with_words_are_kept_in_order(self, cast, ana, account):
        files = [posts.image_file(colour="red"), posts.image_file(colour="blue")]
        ana.post(NEW, sheet(account, images=files, new_alt=["A red field", "A blue field"], do="submit"))
        uses = list(Post.objects.get().media_uses.select_related("media"))
        assert [use.alt for use in uses] == ["A red field", "A blue field"]
        assert all(use.media.chapter == cast.lisbon for use in uses)

    def test_heic_from_a_phone_is_taken(self, ana, account):
        file = posts.image_file()
        heic = pillow_heif.from_pillow(Image.open(file))
        target = posts.image_file(kind="PNG")
        target.seek(0)
        target.truncate()
        heic.save(target)
        target.seek(0)
        target.name = "IMG_0001.HEIC"
        ana.post(NEW, sheet(account, images=[target], new_alt=["From a phone"]))
        assert Post.objects.get().media_uses.get().media.mime == "image/jpeg"

    def test_stored_pictures_survive_a_mistake_elsewhere(self, ana, account):
        fields = sheet(account, text="a" * 600, do="submit", images=[posts.image_file()], new_alt=["Teal"])
        page = ana.post(NEW, fields).content.decode()
        media = Media.objects.get()
        assert f'name="picture" value="{media.uid}"' in page
        assert ">Teal</textarea>" in page

        ana.post(NEW, sheet(account, do="submit", picture=[media.uid], **{f"alt_{media.uid}": "Teal"}))
        assert Post.objects.get().media_uses.get().alt == "Teal"

    def test_without_script_words_are_asked_for_once_before_it_goes_on(self, ana, account):
        answer = ana.post(NEW, sheet(account, do="submit", images=[posts.image_file()]))
        assert answer.status_code == 422
        assert "Say what each shows" in answer.content.decode()
        assert Post.objects.count() == 0
        uid = Media.objects.get().uid
        assert ana.post(NEW, sheet(account, do="submit", picture=[uid])).status_code == 302

    def test_what_is_no_picture_is_refused_and_the_text_kept(self, ana, account):
        file = posts.image_file()
        file.truncate(0)
        file.write(b"not a picture")
        file.seek(0)
        file.name = "minutes.pdf"
        answer = ana.post(NEW, sheet(account, images=[file]))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "minutes.pdf: This file is not a picture" in page
        assert "Bring the toaster that gave up." in page

    def test_a_picture_too_many_is_left_out_and_said(self, ana, account):
        files = [posts.image_file(colour=(number * 20, 0, 0)) for number in range(IMAGES_MAX + 1)]
        answer = ana.post(NEW, sheet(account, images=files, new_alt=["x"] * len(files)))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert f"A post takes up to {IMAGES_MAX} pictures" in page
        assert page.count('name="picture"') == IMAGES_MAX

    def test_picture_is_taken_out(self, cast, ana, account):
        media = posts.picture(cast.lisbon, cast.ana)
        post = posts.draft(
            cast.lisbon, cast.ana, account, pictures=(composing.Picture(str(media.uid), "Teal"),)
        )
        ana.post(edit_url(post), again(post, account, picture=[media.uid], remove_image=[media.uid]))
        assert post.media_uses.count() == 0

    def test_another_chapters_picture_cannot_be_named(self, cast, ana, account):
        foreign = posts.picture(cast.porto, cast.alba)
        ana.post(NEW, sheet(account, picture=[foreign.uid, "nonsense"]))
        assert Post.objects.get().media_uses.count() == 0


class TestTime:
    def test_time_is_read_on_the_chapters_clocks(self, cast):
        Chapter.objects.filter(pk=cast.porto.pk).update(time_zone="America/New_York")
        account = posts.account(cast.porto)
        cast.client(cast.alba).post(
            "/c/porto/posts/new/",
            sheet(account, do="schedule", date="2099-07-01", time="18:30", asked="far 2099-07-01"),
        )
        post = Post.objects.get()
        assert post.status == "scheduled"
        assert post.planned_at == datetime(2099, 7, 1, 22, 30, tzinfo=UTC)

    def test_hour_that_does_not_exist_is_refused_with_the_next_one(self, cast):
        account = posts.account(cast.porto)
        answer = cast.client(cast.alba).post(
            "/c/porto/posts/new/", sheet(account, do="schedule", date="2027-03-28", time="01:30")
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "skip 01:30 on that day. The next time there is 02:00" in page
        assert 'value="02:00"' in page
        assert Post.objects.count() == 0

    def test_hour_that_comes_twice_is_asked_about(self, cast):
        account = posts.account(cast.porto)
        client = cast.client(cast.alba)
        fields = sheet(account, do="schedule", date="2027-10-31", time="01:30")
        answer = client.post("/c/porto/posts/new/", fields)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "01:30 comes twice on that day" in page
        assert page.index('name="fold" value="0"') < page.index(
            "checked", page.index('name="fold" value="0"')
        )

        client.post("/c/porto/posts/new/", fields | {"fold": "1"})
        assert Post.objects.get().planned_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)

    def test_second_of_the_two_hours_stays_chosen_when_editing(self, cast):
        account = posts.account(cast.porto)
        second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
        post = posts.draft(cast.porto, cast.alba, account, planned_at=second)
        page = cast.client(cast.alba).get(edit_url(post)).content.decode()
        assert re.search(r'name="fold" value="1"[^>]* checked', page)

    def test_time_that_has_passed_is_refused(self, cast):
        account = posts.account(cast.porto)
        answer = cast.client(cast.alba).post(
            "/c/porto/posts/new/", sheet(account, do="schedule", date="2020-01-01", time="10:00")
        )
        assert answer.status_code == 422
        assert "That time has passed" in answer.content.decode()

    def test_day_without_time_is_not_guessed(self, ana, account):
        answer = ana.post(NEW, sheet(account, date="2099-01-01"))
        assert answer.status_code == 422
        assert "Choose the time of day too" in answer.content.decode()

    def test_publish_now_never_ignores_a_chosen_time(self, cast):
        account = posts.account(cast.porto)
        answer = cast.client(cast.alba).post(
            "/c/porto/posts/new/", sheet(account, do="publish", date="2099-01-01", time="10:00")
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Schedule for Thu 1 Jan 2099, 10:00 Lisbon" in page
        assert Post.objects.count() == 0

    def test_publish_now_is_due_at_once(self, cast, wakes, django_capture_on_commit_callbacks):
        account = posts.account(cast.porto)
        with django_capture_on_commit_callbacks(execute=True):
            cast.client(cast.alba).post("/c/porto/posts/new/", sheet(account, do="publish"))
        delivery = Post.objects.get().deliveries.get()
        assert timezone.now() - delivery.due_at < timedelta(seconds=30)
        assert "posts.drain" in [wake.task for wake in wakes]

    def test_chapter_that_reviews_does_not_publish_from_the_sheet(self, ana, account):
        answer = ana.post(NEW, sheet(account, do="publish"))
        assert answer.status_code == 422
        assert "has every post approved first" in answer.content.decode()
        assert Post.objects.count() == 0


class TestEdit:
    def test_author_changes_a_draft(self, cast, ana, account):
        post = posts.draft(cast.lisbon, cast.ana, account, text="First words")
        assert "First words" in ana.get(edit_url(post)).content.decode()
        ana.post(edit_url(post), again(post, account, text="Better words"))
        post.refresh_from_db()
        assert (post.text, post.revision) == ("Better words", 2)

    def test_author_may_not_change_another_authors_post(self, cast, account):
        post = posts.draft(cast.lisbon, cast.rui, account)
        client = cast.client(cast.ana)
        assert client.get(edit_url(post)).status_code == 403
        assert client.post(edit_url(post), again(post, account)).status_code == 403

    def test_editor_changes_another_persons_post(self, cast, account):
        post = posts.draft(cast.lisbon, cast.ana, account)
        cast.client(cast.rui).post(edit_url(post), again(post, account, text="Edited"))
        post.refresh_from_db()
        assert post.text == "Edited"
        assert PostRevision.objects.get(post=post, number=2).by == cast.rui

    def test_post_in_review_stays_there_with_a_new_revision(self, cast, ana, account):
        post = posts.in_review(cast.lisbon, cast.ana, account)
        ana.post(edit_url(post), again(post, account, text="Changed while in review"))
        post.refresh_from_db()
        assert (post.status, post.revision) == ("in_review", 2)

    @pytest.mark.parametrize("state", ["approved", "scheduled"])
    def test_approved_or_scheduled_asks_first_and_keeps_the_time(self, cast, ana, account, state):
        planned = timezone.now() + timedelta(days=3)
        make = {"approved": posts.approved, "scheduled": posts.scheduled}[state]
        details = {"reviewer": cast.rui, "at": planned} if state == "scheduled" else {"planned_at": planned}
        people = [cast.ana] if state == "scheduled" else [cast.ana, cast.rui]
        post = make(cast.lisbon, *people, account, **details)
        page = ana.get(edit_url(post)).content.decode()
        assert "Make it a draft and edit" in page
        post.refresh_from_db()
        assert post.status == state

        answer = ana.post(reverse("post_reopen", args=["lisbon", post.uid]))
        assert answer["Location"] == edit_url(post)
        post.refresh_from_db()
        assert (post.status, post.planned_at) == ("draft", planned)
        assert not post.deliveries.exists()

    def test_published_post_is_not_edited(self, cast, ana, account):
        post = posts.settled(posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui), "published")
        assert ana.get(edit_url(post))["Location"] == f"/c/lisbon/posts/{post.uid}/"
        answer = ana.post(edit_url(post), again(post, account, text="Too late"))
        assert answer.status_code == 422
        assert "Too late" in answer.content.decode()
        post.refresh_from_db()
        assert post.text != "Too late"

    def test_own_other_tab_is_not_somebody_else(self, cast, ana, account):
        post = posts.draft(cast.lisbon, cast.ana, account, text="The market opens at nine")
        ana.post(edit_url(post), again(post, account, text="The market opens at ten"))
        page = ana.post(edit_url(post), again(post, account, text="The market opens at eight")).text
        assert "You changed this post in another tab or window." in page
        assert "Somebody else" not in page

    def test_stale_form_is_refused_with_both_wordings(self, cast, ana, account):
        post = posts.draft(cast.lisbon, cast.ana, account, text="The market opens at nine")
        cast.client(cast.rui).post(edit_url(post), again(post, account, text="The market opens at ten"))
        answer = ana.post(edit_url(post), again(post, account, text="The market opens at eight"))
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "The market opens at ten" in page
        assert "The market opens at eight" in page
        assert "Rui" in page
        assert 'name="revision" value="2"' in page
        post.refresh_from_db()
        assert post.text == "The market opens at ten"

        ana.post(edit_url(post), again(post, account, text="The market opens at eight", revision=2))
        post.refresh_from_db()
        assert post.text == "The market opens at eight"

    def test_second_click_of_a_change_is_not_a_conflict(self, cast, ana, account):
        post = posts.draft(cast.lisbon, cast.ana, account)
        fields = again(post, account, text="Once", do="submit")
        first, second = ana.post(edit_url(post), fields), ana.post(edit_url(post), fields)
        assert first.status_code == second.status_code == 302
        post.refresh_from_db()
        assert (post.status, post.revision) == ("in_review", 2)

    def test_post_approved_meanwhile_keeps_what_was_typed(self, cast, ana, account):
        post = posts.in_review(cast.lisbon, cast.ana, account)
        workflow.approve(post=post, membership=cast.membership(cast.rui), revision=1)
        answer = ana.post(edit_url(post), again(post, account, text="My late change"))
        assert answer.status_code == 422
        assert "My late change" in answer.content.decode()
        assert "Take it back to a draft" in answer.content.decode()

    def test_target_whose_account_was_disconnected_is_shown(self, cast, ana, account):
        post = posts.draft(cast.lisbon, cast.ana, account)
        type(account).objects.filter(pk=account.pk).update(disconnected_at=timezone.now())
        assert "No longer connected" in ana.get(edit_url(post)).content.decode()
        answer = ana.post(edit_url(post), again(post, account, do="submit"))
        assert answer.status_code == 422
        assert "no longer connected" in answer.content.decode()

    def test_queries_do_not_grow_with_accounts(self, cast, ana, django_assert_max_num_queries):
        for number in range(2):
            posts.account(cast.lisbon, f"@a{number}")
        with django_assert_max_num_queries(40) as few:
            ana.get(NEW)
        for number in range(8):
            posts.account(cast.lisbon, f"@b{number}")
        with django_assert_max_num_queries(len(few)):
            ana.get(NEW)


class TestAskedOnce:
    OPEN = "Join us at [meeting place], says [name of a volunteer]. See [the map](https://example.org)."

    def test_open_places_are_advice_while_writing(self, ana, account):
        page = ana.post(NEW, sheet(account, do="check", text=self.OPEN)).text
        assert "2 places in [brackets] are still open: [meeting place], [name of a volunteer]." in page

    def test_open_places_are_asked_about_before_it_goes_on_and_then_let_through(self, ana, account):
        sent = sheet(account, do="submit", text=self.OPEN)
        answer = ana.post(NEW, sent)
        assert answer.status_code == 422
        assert "press the button again to go on as it is" in answer.text
        assert not Post.objects.exists()
        ana.post(NEW, sent | {"asked": list(answer.context["desk"].questions)})
        assert Post.objects.get().status == "in_review"

    def test_place_that_is_new_since_is_asked_about(self, ana, account):
        asked = list(ana.post(NEW, sheet(account, do="submit", text="[one]")).context["desk"].questions)
        assert ana.post(NEW, sheet(account, do="submit", text="[one] [two]", asked=asked)).status_code == 422

    def test_draft_is_saved_with_its_open_places_unasked(self, ana, account):
        ana.post(NEW, sheet(account, text=self.OPEN))
        assert Post.objects.get().status == "draft"

    def test_reviewer_is_told_of_open_places(self, cast, account):
        post = posts.in_review(cast.lisbon, cast.ana, account, text=self.OPEN)
        page = cast.client(cast.rui).get(reverse("post_review", args=["lisbon", post.uid])).text
        assert "2 places in [brackets] are still open" in page

    def test_time_more_than_a_year_off_is_asked_about(self, cast):
        account = posts.account(cast.porto)
        sent = sheet(account, do="schedule", date="2099-07-01", time="18:30")
        answer = cast.client(cast.alba).post("/c/porto/posts/new/", sent)
        assert "is more than a year away" in answer.text
        assert not Post.objects.exists()


class TestNothingWritten:
    def test_empty_draft_is_not_saved(self, ana, account):
        answer = ana.post(NEW, sheet(account, text="  "))
        assert answer.status_code == 422
        assert "Write something first" in answer.text
        assert not Post.objects.exists()

    def test_empty_post_that_is_submitted_is_told_about_its_text_too(self, ana, account):
        page = ana.post(NEW, sheet(do="submit", text="")).text
        assert "Write the text of the post." in page
        assert "Choose at least one account" in page


class TestComingBack:
    def test_address_of_a_new_sheet_leads_to_the_post_it_made(self, cast, ana, account):
        address = ana.get(NEW).context["address"]
        key = address.partition("form=")[2]
        ana.post(NEW, sheet(account, form_key=key))
        assert ana.get(address)["Location"] == edit_url(Post.objects.get())
        assert cast.client(cast.rui).get(address).status_code == 200  # a key means nothing to others

    def test_address_of_a_sheet_that_was_looked_at_has_its_pictures(self, ana, account):
        sent = sheet(account, do="check") | {"images": posts.image_file(), "new_alt": "A teal field"}
        address = ana.post(NEW, sent).context["address"]
        assert len(ana.get(address).context["pictures"]) == 1
        assert ana.get(address).context["address"] == address
