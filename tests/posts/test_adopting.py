"""A chapter takes suggestions over, and keeps what it took. The promises of the product are tried here with
the guard each test names: take that away and the test goes red."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chapters.models import Event
from playbooks import deciding, suggesting
from playbooks.models import Adoption, Decision, Suggestion
from playbooks.suggesting import Terms, Upload
from playbooks.suggestion_words import PictureWords
from posts import adopting, composing, spreading
from posts.models import Delivery, Media, Post
from posts.problems import Refused
from posts.spreading import Planned
from tests.playbooks import offers
from tests.support import posts
from tests.support.cast import Cast

S = Post.Status


def use(cast: Cast, suggestion: Suggestion, *, key: uuid.UUID | None = None, **details: Any) -> list[Post]:
    planned = [Planned(item) for item in offers.items(suggestion)]
    return adopting.use(
        chapter=cast.lisbon, planned=planned, by=cast.actor(cast.ana), form_key=key or uuid.uuid4(), **details
    )


def scheduled_copy(cast: Cast, suggestion: Suggestion) -> Post:
    """A copy that was reviewed and stands on the schedule."""
    account = posts.account(cast.lisbon)
    (post,) = use(cast, suggestion)
    assert list(post.targets.values_list("account", flat=True)) == [account.pk]
    membership = cast.membership(cast.rui)
    post = adopting.workflow.submit(post=post, by=cast.actor(cast.ana))
    post = adopting.workflow.approve(post=post, membership=membership, revision=post.revision)
    at = posts.timezone.now() + posts.timedelta(days=2)
    return adopting.workflow.schedule(post=post, at=at, by=cast.actor(cast.ana))


def facts(post: Post) -> tuple[Any, ...]:
    now = Post.objects.get(pk=post.pk)
    frozen = list(Delivery.objects.filter(post=post).values_list("payload", "due_at", "status"))
    return now.status, now.text, now.link, now.revision, now.planned_at, composing.snapshot(now), frozen


def test_using_makes_a_draft_of_the_chapter_and_nothing_more(cast: Cast) -> None:
    posts.account(cast.lisbon)
    (post,) = use(cast, offers.offered(cast.cato))
    assert (post.status, post.chapter, post.author) == (S.DRAFT, cast.lisbon, cast.ana)
    assert post.text == "Repair evening in Lisbon. Bring what is broken."
    assert not Delivery.objects.exists()
    assert post.submitted_by is None
    assert Decision.objects.get().state == "used"
    assert Event.objects.filter(subject_uid=str(post.uid), verb="adopted").exists()


def test_pictures_become_the_chapters_own(cast: Cast) -> None:
    suggestion = offers.drafted(cast.cato, "One")
    by = cast.actor(cast.cato)
    file = posts.image_file()
    image = suggesting.add_picture(suggestion=suggestion, upload=Upload(file, len(file.getvalue())), by=by)
    words = offers.words("One", images=(PictureWords(str(image.uid), "A square"),))
    suggesting.save_draft(suggestion=suggestion, draft_number=1, words=words, by=by)
    suggesting.offer(suggestion=suggestion, draft_number=2, by=by)
    (post,) = use(cast, suggestion)
    picture = post.media_uses.select_related("media").get()
    assert (picture.alt, picture.media.chapter) == ("A square", cast.lisbon)
    assert Media.objects.filter(chapter=cast.lisbon).count() == 1


def test_the_same_press_twice_and_two_people_make_one_draft(cast: Cast) -> None:
    # guard: deciding.copy_of, asked before a draft is made
    suggestion, key = offers.offered(cast.cato), uuid.uuid4()
    first, second = use(cast, suggestion, key=key), use(cast, suggestion, key=key)
    planned = [Planned(item) for item in offers.items(suggestion)]
    third = adopting.use(
        chapter=cast.lisbon, planned=planned, by=cast.actor(cast.lucia), form_key=uuid.uuid4()
    )
    assert first == second == third
    assert Post.objects.count() == 1


def test_a_copy_that_was_deleted_can_be_made_again(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato)
    (post,) = use(cast, suggestion)
    composing.delete(post=post, by=cast.actor(cast.ana))
    (again,) = use(cast, suggestion)
    assert Adoption.objects.get().post_uid == again.uid


def test_an_audience_is_not_passed_by_naming_the_item(cast: Cast) -> None:
    # guard: adopting.require_offered
    for terms in (Terms(regions=(cast.north,)), Terms(min_accounts=3), Terms(platforms=("x",))):
        with pytest.raises(Refused, match="not offered"):
            use(cast, offers.offered(cast.cato, terms=terms))
    draft = offers.offered(cast.cato)
    suggesting.end(suggestion=draft, by=cast.actor(cast.cato))
    with pytest.raises(Refused, match="not offered"):
        use(cast, draft)
    assert not Post.objects.exists()


def test_values_for_this_once_fill_the_draft_and_stay_out_of_the_settings(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "Meet at {{ chapter.meeting_place }} in {{ chapter.city }}")
    items = offers.items(suggestion)
    assert [field.attribute for field in adopting.missing(cast.lisbon, items)] == ["meeting_place"]
    (post,) = use(cast, suggestion, given={"meeting_place": "the mill", "city": "Elsewhere", "slug": "x"})
    assert post.text == "Meet at the mill in Lisbon"
    cast.lisbon.refresh_from_db()
    assert cast.lisbon.meeting_place == ""


@pytest.mark.parametrize("status", [S.DRAFT, S.IN_REVIEW, S.SCHEDULED])
def test_a_revision_never_changes_a_copy(cast: Cast, status: str) -> None:
    # guard: suggesting.offer writes versions and nothing else; a copy is not read through its suggestion
    suggestion = offers.offered(cast.cato, "Come at six. Bring tools.")
    if status == S.SCHEDULED:
        post = scheduled_copy(cast, suggestion)
    else:
        posts.account(cast.lisbon)
        (post,) = use(cast, suggestion)
        if status == S.IN_REVIEW:
            post = adopting.workflow.submit(post=post, by=cast.actor(cast.ana))
    before = facts(post)
    offers.revised(suggestion, cast.cato, "Come at seven. Bring friends.", link="https://example.org/new")
    suggesting.end(suggestion=suggestion, by=cast.actor(cast.cato))
    assert facts(post) == before
    assert before[0] == status
    shown = adopting.difference(Post.objects.get(pk=post.pk))
    assert shown is not None
    assert shown.note == "Shorter."
    assert facts(post) == before  # looking changes nothing either


def test_half_of_a_difference_is_taken_into_what_the_chapter_made_of_it(cast: Cast) -> None:
    suggestion = offers.offered(
        cast.cato, "Come at six. Bring tools and something to eat. Tell your neighbours."
    )
    (post,) = use(cast, suggestion)
    by = cast.actor(cast.ana)
    draft = composing.Draft(text=post.text + " Ask for Ana.")
    composing.update(post=post, by=by, draft=draft, seen_revision=1)
    offers.revised(
        suggestion, cast.cato, "Come at seven. Bring tools and something to eat. Tell your friends."
    )
    shown = adopting.difference(Post.objects.get(pk=post.pk))
    assert [(piece.removed, piece.added) for piece in shown.pieces] == [
        ("six.", "seven."), ("neighbours.", "friends.")
    ]  # fmt: skip
    adopting.take_difference(post=post, taken={1}, version=2, by=by)
    post.refresh_from_db()
    assert post.text == "Come at seven. Bring tools and something to eat. Tell your neighbours. Ask for Ana."
    assert post.revision == 3
    assert adopting.difference(post) is None  # answered: it is not shown again
    offers.revised(
        suggestion, cast.cato, "Come at eight. Bring tools and something to eat. Tell your friends."
    )
    again = adopting.difference(Post.objects.get(pk=post.pk))
    assert [(piece.removed, piece.added) for piece in again.pieces] == [("seven.", "eight.")]


def test_taking_from_a_revision_voids_the_approval_as_any_edit_does(cast: Cast) -> None:
    # guard: take_difference goes through workflow.reopen and composing.update
    suggestion = offers.offered(cast.cato, "Come at six.")
    post = scheduled_copy(cast, suggestion)
    offers.revised(suggestion, cast.cato, "Come at seven.")
    adopting.take_difference(post=post, taken={1}, version=2, by=cast.actor(cast.ana))
    post.refresh_from_db()
    assert (post.status, post.text) == (S.DRAFT, "Come at seven.")
    assert not adopting.workflow.approval.may_go_out(post)


def test_keeping_their_own_changes_nothing_and_is_not_asked_again(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "Come at six.")
    post = scheduled_copy(cast, suggestion)
    before = facts(post)
    offers.revised(suggestion, cast.cato, "Come at seven.")
    adopting.keep_own(post=post, version=2, by=cast.actor(cast.ana))
    assert facts(post) == before
    assert adopting.difference(Post.objects.get(pk=post.pk)) is None


def test_an_answer_to_a_version_that_is_not_the_newest_is_refused(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "Come at six.")
    (post,) = use(cast, suggestion)
    offers.revised(suggestion, cast.cato, "Come at seven.")
    offers.revised(suggestion, cast.cato, "Come never.")
    with pytest.raises(Refused, match="changed again"):
        adopting.take_difference(post=post, taken={1}, version=2, by=cast.actor(cast.ana))
    post.refresh_from_db()
    assert post.text == "Come at six."


def test_what_is_out_gets_no_difference(cast: Cast) -> None:
    # guard: adopting.CHANGEABLE
    suggestion = offers.offered(cast.cato, "Come at six.")
    post = posts.settled(scheduled_copy(cast, suggestion), Delivery.Status.PUBLISHED)
    offers.revised(suggestion, cast.cato, "Come at seven.")
    assert adopting.difference(post) is None
    with pytest.raises(Refused):
        adopting.take_difference(post=post, taken={1}, version=2, by=cast.actor(cast.ana))


def test_a_chapter_that_uses_it_does_not_decline_it(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato)
    use(cast, suggestion)
    with pytest.raises(deciding.NotNow, match="uses this suggestion already"):
        deciding.decline(suggestion=suggestion, chapter=cast.lisbon, reason="topic", by=cast.actor(cast.ana))
    assert deciding.tallies([suggestion])[suggestion.pk].used == 1


def test_three_drafts_get_days_of_their_own_in_the_coming_week(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "One", "Two", "Three")
    planned = spreading.dates_for(cast.lisbon, offers.items(suggestion))
    days = [each.at.astimezone(cast.lisbon.zone) for each in planned]
    assert len({day.date() for day in days}) == 3
    assert all(day.hour == 18 for day in days)
    made = adopting.use(chapter=cast.lisbon, planned=planned, by=cast.actor(cast.ana), form_key=uuid.uuid4())
    assert [post.planned_at for post in made] == [each.at for each in planned]
    assert {post.status for post in made} == {S.DRAFT}
