"""The pages on which a chapter answers suggestions, and what an attacker tries there."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chapters.models import Notice
from playbooks import deciding
from playbooks.models import Adoption, Decision, Suggestion
from playbooks.suggesting import Terms
from posts.models import Delivery, Lane, Media, Post
from tests.playbooks import offers
from tests.support import posts
from tests.support.cast import Cast

S = Post.Status


def at(name: str, *args: Any, slug: str = "lisbon") -> str:
    return reverse(name, args=[slug, *args])


def use(client: Client, suggestion: Suggestion, slug: str = "lisbon", **data: Any) -> Any:
    return client.post(at("shelf_use", slug=slug), {"suggestion": suggestion.uid, **data})


def test_one_press_makes_one_draft_however_often_it_comes(cast: Cast) -> None:
    suggestion, key, client = offers.offered(cast.cato), str(uuid.uuid4()), cast.client(cast.ana)
    first = use(client, suggestion, form_key=key)
    second = use(client, suggestion, form_key=key)
    post = Post.objects.get()
    assert first.url == second.url == at("post_detail", post.uid)
    assert (post.status, post.planned_at is not None) == (S.DRAFT, True)
    page = client.get(first.url).content.decode()
    assert "Nothing goes out until one of you says so." in page
    assert "From the suggestion" in page


@pytest.mark.parametrize("who", ["cleo", "cato", "otto", "ada"])
def test_nobody_outside_puts_a_post_into_a_chapters_queue(cast: Cast, who: str) -> None:
    """The attacker's request: POST /c/lisbon/suggestions/use/ by the central team, another chapter's lead and
    an administrator. Guard: @chapter_view, which lets in members of the chapter of the address alone."""
    suggestion = offers.offered(cast.cato)
    account = posts.account(cast.lisbon)
    client = cast.client(getattr(cast, who))
    item, key = offers.items(suggestion)[0].pk, str(uuid.uuid4())
    answers = [
        use(client, suggestion, form_key=key),
        client.post(
            at("shelf_dates"),
            {"suggestion": suggestion.uid, "item": item, "make": item, f"item{item}-date": "2030-01-01"},
        ),
        client.post(at("shelf_adapt", suggestion.uid, item)),
        client.post(
            at("post_new"),
            {
                "text": "Out",
                "do": "publish",
                "suggestion": item,
                "targets": account.pk,
                "form_key": uuid.uuid4(),
            },
        ),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert [model.objects.count() for model in (Post, Delivery, Media)] == [0, 0, 0]
    assert Lane.objects.get(account=account).next_due_at is None


def test_what_is_made_from_suggestions_is_in_no_queue(cast: Cast) -> None:
    """Whatever a request says beside, drafts come of it. Guard: adopting makes drafts by composing.create."""
    posts.account(cast.porto)
    suggestion = offers.offered(cast.cato, "One", "Two")
    client = cast.client(cast.paulo)
    data: dict[str, Any] = {"suggestion": suggestion.uid, "do": "publish", "status": "scheduled"}
    for item in offers.items(suggestion):
        data |= {f"item{item.pk}-date": "2090-01-01", f"item{item.pk}-time": "10:00"}
    data["item"] = data["make"] = [item.pk for item in offers.items(suggestion)]
    client.post(at("shelf_dates", slug="porto"), data)
    assert set(Post.objects.values_list("status", flat=True)) == {S.DRAFT}
    assert not Delivery.objects.exists()


def test_a_kit_shows_its_days_first_and_asks_for_what_is_missing(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "At {{ chapter.meeting_place }}", "Thanks", "Photos")
    client = cast.client(cast.ana)
    answer = use(client, suggestion, form_key=str(uuid.uuid4()))
    assert not Post.objects.exists()
    page = client.get(answer.url)
    assert page.content.decode().count('type="date"') == 3
    assert "Keep these" not in page.content.decode()  # not a lead
    form = page.context
    data: dict[str, Any] = {"suggestion": form["uids"], "form_key": form["form_key"]}
    data["item"] = data["make"] = [row.item.pk for row in form["rows"]]
    for row in form["rows"]:
        data[f"item{row.item.pk}-date"] = row.form.initial["date"].isoformat()
        data[f"item{row.item.pk}-time"] = row.form.initial["time"].strftime("%H:%M")
    refused = client.post(at("shelf_dates"), data)
    assert refused.status_code == 422
    assert not Post.objects.exists()
    data["value-meeting_place"] = "the mill"
    for _twice in range(2):
        client.post(at("shelf_dates"), data)
    assert Post.objects.count() == 3
    assert Post.objects.filter(text="At the mill").exists()
    cast.lisbon.refresh_from_db()
    assert cast.lisbon.meeting_place == ""
    assert len({post.planned_at.date() for post in Post.objects.all()}) == 3


def test_a_lead_may_keep_what_was_asked_in_the_settings_and_an_author_may_not(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "Tag it {{ chapter.hashtag }}")
    item = offers.items(suggestion)[0].pk
    data = {
        "suggestion": suggestion.uid,
        "item": item,
        "make": item,
        "value-hashtag": "lisbon",
        "value-keep": "on",
    }
    cast.client(cast.ana).post(at("shelf_dates"), data)
    cast.lisbon.refresh_from_db()
    assert cast.lisbon.hashtag == ""
    Post.objects.all().delete()
    cast.client(cast.lucia).post(at("shelf_dates"), data)
    cast.lisbon.refresh_from_db()
    assert cast.lisbon.hashtag == "#lisbon"
    assert Post.objects.get().text == "Tag it #lisbon"


def test_an_audience_is_not_passed_by_id(cast: Cast) -> None:
    """Guard: suggested.may_take in shelf_dates.items_of, adopting.offered_item and require_offered."""
    north = offers.offered(cast.cato, terms=Terms(regions=(cast.north,)))
    draft = offers.drafted(cast.cato, "Not out yet")
    client = cast.client(cast.ana)
    item = offers.items(north)[0].pk
    assert client.get(at("shelf_one", north.uid)).status_code == 404
    assert client.get(at("shelf_one", draft.uid)).status_code == 404
    assert client.post(at("shelf_adapt", north.uid, item)).status_code == 404
    assert client.post(at("shelf_decline", north.uid), {"reason": "topic"}).status_code == 404
    use(client, north)
    use(client, draft)
    client.get(at("shelf_dates"), {"suggestion": north.uid})
    sheet = client.get(at("post_new"), {"suggestion": item}).content.decode()
    assert "Repair evening" not in sheet
    assert [model.objects.count() for model in (Post, Decision)] == [0, 0]


def test_adapting_begins_a_sheet_and_is_noted_when_it_is_saved(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato)
    client = cast.client(cast.ana)
    sheet = client.post(at("shelf_adapt", suggestion.uid, offers.items(suggestion)[0].pk), follow=True)
    assert "Repair evening in Lisbon." in sheet.content.decode()
    assert not Post.objects.exists()
    form = sheet.context["form"]
    saved = {name: form[name].value() for name in ("form_key", "suggestion", "date", "time")}
    client.post(at("post_new"), {**saved, "text": "Our own words", "do": "save"})
    assert Decision.objects.get().state == "adapted"
    assert Adoption.objects.get().post_uid == Post.objects.get().uid
    assert Adoption.objects.get().base == "Repair evening in Lisbon. Bring what is broken."


def test_another_chapters_post_and_suggestion_are_not_to_be_had(cast: Cast) -> None:
    """Guard: every query begins at request.chapter."""
    suggestion = offers.offered(cast.cato, "Come at six.")
    use(cast.client(cast.ana), suggestion)
    theirs = Post.objects.get()
    offers.revised(suggestion, cast.cato, "Come at seven.")
    stranger = cast.client(cast.alba)
    for name in ("post_suggestion", "post_offer"):
        assert stranger.get(at(name, theirs.uid, slug="porto")).status_code == 404
        data = {"do": "take", "piece": "1", "version": "2", "title": "T", "why": "W"}
        assert stranger.post(at(name, theirs.uid, slug="porto"), data).status_code == 404
    theirs.refresh_from_db()
    assert theirs.text == "Come at six."
    assert Decision.objects.get().chapter == cast.lisbon


def test_the_chapter_sees_the_change_and_takes_half_of_it(cast: Cast) -> None:
    suggestion = offers.offered(
        cast.cato, "Come at six with your old radio and a friend. Tell your neighbours."
    )
    client = cast.client(cast.ana)
    use(client, suggestion)
    post = Post.objects.get()
    assert "changed the suggestion" not in client.get(at("post_detail", post.uid)).content.decode()
    offers.revised(
        suggestion, cast.cato, "Come at seven with your old radio and a friend. Tell your friends.",
        note="A later hour.",
    )  # fmt: skip
    page = client.get(at("post_detail", post.uid)).content.decode()
    assert "changed the suggestion behind this post" in page
    assert "A later hour." in client.get(at("post_suggestion", post.uid)).content.decode()
    client.post(at("post_suggestion", post.uid), {"do": "take", "piece": "2", "version": "2"})
    post.refresh_from_db()
    assert post.text == "Come at six with your old radio and a friend. Tell your friends."
    assert "changed the suggestion" not in client.get(at("post_detail", post.uid)).content.decode()


def test_an_author_does_not_answer_for_somebody_elses_post(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "Come at six.")
    use(cast.client(cast.lucia), suggestion)
    post = Post.objects.get()
    offers.revised(suggestion, cast.cato, "Come at seven.")
    data = {"do": "take", "piece": "1", "version": "2"}
    assert cast.client(cast.ana).post(at("post_suggestion", post.uid), data).status_code == 403
    post.refresh_from_db()
    assert post.text == "Come at six."


def test_a_no_goes_to_the_central_team_with_the_name_and_a_yes_does_not(cast: Cast) -> None:
    """Promise 5: who used it stays a number. Guard: suggestion_manage shows declines alone by chapter."""
    suggestion = offers.offered(cast.cato)
    cast.client(cast.ana).post(
        at("shelf_decline", suggestion.uid), {"reason": "tone", "words": "Too loud for us"}
    )
    use(cast.client(cast.alba), suggestion, slug="porto")
    client = cast.client(cast.cato)
    page = client.get(reverse("suggestion_manage", args=[suggestion.uid])).content.decode()
    assert "Too loud for us" in page
    assert "Lisbon" in page
    assert "Porto" not in page
    assert "Too loud for us" in client.get(reverse("todo_list")).content.decode()
    decision = Decision.objects.get(state="declined")
    client.post(
        reverse("suggestion_answer", args=[suggestion.uid, decision.pk]), {"note": "We made it quieter"}
    )
    assert "We made it quieter" in cast.client(cast.ana).get(at("shelf") + "?show=answered").content.decode()
    assert Notice.objects.get(kind="suggestion_answered").person == cast.ana
    assert "Too loud for us" not in client.get(reverse("todo_list")).content.decode()


def test_a_post_that_worked_is_offered_to_others_with_credit(cast: Cast) -> None:
    out = posts.settled(posts.scheduled(cast.porto, cast.alba), "published")
    draft = posts.draft(cast.porto, cast.alba)
    client = cast.client(cast.alba)
    data = {"title": "Six hands", "why": "It brought eleven people."}
    client.post(at("post_offer", draft.uid, slug="porto"), data)
    assert not Suggestion.objects.exists()  # only what is out already
    for _twice in range(2):
        client.post(at("post_offer", out.uid, slug="porto"), data)
    suggestion = Suggestion.objects.get()
    assert "Six hands" in cast.client(cast.cato).get(reverse("suggestion_list")).content.decode()
    assert "Six hands" not in cast.client(cast.ana).get(at("shelf")).content.decode()
    offer = reverse("suggestion_offer", args=[suggestion.uid])
    cast.client(cast.cato).post(offer, {"number": suggestion.draft_number})
    page = cast.client(cast.ana).get(at("shelf")).content.decode()
    assert "Six hands" in page
    assert "From Porto" in page
    assert Notice.objects.get(kind="suggestion_answered").person == cast.alba


def test_the_shelf_takes_as_many_queries_for_many_as_for_few(cast: Cast) -> None:
    client = cast.client(cast.ana)

    def queries() -> int:
        client.get(at("shelf"))
        with CaptureQueriesContext(connection) as captured:
            client.get(at("shelf"))
        return len(captured)

    for number in range(3):
        offers.offered(cast.cato, title=f"Suggestion {number}", terms=Terms(regions=(cast.south,)))
    few = queries()
    for number in range(3, 15):
        offers.offered(cast.cato, title=f"Suggestion {number}", terms=Terms(regions=(cast.south,)))
    assert queries() == few


def test_home_and_the_frame_speak_of_what_is_new(cast: Cast) -> None:
    offers.offered(cast.cato, title="Repair evening")
    home = reverse("chapter_home", args=["lisbon"])
    assert "Suggested to you" in cast.client(cast.ana).get(home).content.decode()
    deciding.decline(
        suggestion=Suggestion.objects.get(), chapter=cast.lisbon, reason="topic", by=cast.actor(cast.ana)
    )
    assert "Suggested to you" not in cast.client(cast.ana).get(home).content.decode()


def the_form(client: Client, *suggestions: Suggestion) -> dict[str, Any]:
    """The page of days and accounts, as a browser would send it back."""
    page = client.get(at("shelf_dates"), {"suggestion": [each.uid for each in suggestions]}).context
    rows = page["rows"]
    data: dict[str, Any] = {"suggestion": page["uids"], "form_key": page["form_key"]}
    data["item"] = [row.item.pk for row in rows]
    data["make"] = [row.item.pk for row in rows]
    data["account"] = [place.pk for place in page["where"] if place.ticked]
    for row in rows:
        data[f"item{row.item.pk}-date"] = row.form.initial["date"].isoformat()
        data[f"item{row.item.pk}-time"] = row.form.initial["time"].strftime("%H:%M")
    return data


def test_a_day_that_is_over_is_refused_as_in_the_composer(cast: Cast) -> None:
    client = cast.client(cast.ana)
    data = the_form(client, offers.offered(cast.cato, "One", "Two"))
    data[f"item{data['item'][0]}-date"] = "2020-01-01"
    answer = client.post(at("shelf_dates"), data)
    assert answer.status_code == 422
    assert "That time has passed." in answer.content.decode()
    assert not Post.objects.exists()


def test_a_press_leads_to_exactly_the_drafts_it_made_and_a_second_one_too(cast: Cast) -> None:
    """One draft is left out by its box, and one account by another draft."""
    near, far = posts.account(cast.lisbon), posts.account(cast.lisbon)
    posts.draft(cast.lisbon, cast.ana, near)
    client = cast.client(cast.ana)
    data = the_form(client, offers.offered(cast.cato, "One", "Two", "Three"))
    first, second, third = data["item"]
    data |= {"make": [first, third], f"item{third}-without": far.pk, f"item{second}-date": "2020-01-01"}
    answers = [client.post(at("shelf_dates"), data) for _twice in range(2)]
    assert answers[0].url == answers[1].url
    shown = client.get(answers[0].url).context["posts"]
    assert [post.text for post in shown] == ["One", "Three"]
    assert [{target.account for target in post.targets.all()} for post in shown] == [{near, far}, {near}]
    assert cast.client(cast.alba).get(answers[0].url).status_code == 404


def test_drafts_begin_with_the_accounts_the_chapter_usually_posts_to(cast: Cast) -> None:
    usual, rare = posts.account(cast.lisbon), posts.account(cast.lisbon)
    posts.settled(posts.scheduled(cast.lisbon, cast.lucia, usual, reviewer=cast.rui), "published")
    use(cast.client(cast.ana), offers.offered(cast.cato))
    made = Post.objects.get(status=S.DRAFT)
    assert {target.account for target in made.targets.all()} == {usual}
    assert the_form(cast.client(cast.ana), offers.offered(cast.cato, "A", "B"))["account"] == [usual.pk]
    assert rare.pk


def test_a_card_shows_how_the_post_begins_and_a_single_one_has_no_box(cast: Cast) -> None:
    offers.offered(cast.cato, title="First")
    client = cast.client(cast.ana)
    page = client.get(at("shelf")).content.decode()
    assert "Repair evening in Lisbon." in page
    assert 'name="suggestion" value' in page
    assert 'type="checkbox"' not in page
    offers.offered(cast.cato, "One", "Two", title="Second")
    page = client.get(at("shelf")).content.decode()
    assert 'data-counts="2"' in page


def test_use_goes_once_everything_is_used(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "One", "Two")
    client = cast.client(cast.ana)
    data = the_form(client, suggestion)
    client.post(at("shelf_dates"), data | {"make": data["item"][:1]})
    assert at("shelf_use") in client.get(at("shelf_one", suggestion.uid)).content.decode()
    client.post(at("shelf_dates"), the_form(client, suggestion))
    assert Post.objects.count() == 2
    assert at("shelf_use") not in client.get(at("shelf_one", suggestion.uid)).content.decode()


def test_taking_nothing_is_refused_and_what_was_left_is_found_again(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "Come at six with a friend. Tell your neighbours.")
    client = cast.client(cast.ana)
    use(client, suggestion)
    post = Post.objects.get()
    offers.revised(suggestion, cast.cato, "Come at seven with a friend. Tell your friends.")
    here = at("post_suggestion", post.uid)
    answer = client.post(here, {"do": "take", "version": "2"})
    assert answer.status_code == 422
    assert "Tick what you want to take first." in answer.content.decode()
    assert "checked" not in answer.content.decode()
    client.post(here, {"do": "keep", "version": "2"})
    page = client.get(at("post_detail", post.uid)).content.decode()
    assert "changed the suggestion" not in page
    assert here in page
    assert "Keep ours as it is" not in client.get(here).content.decode()
    client.post(here, {"do": "take", "piece": "1", "version": "2"})
    post.refresh_from_db()
    assert post.text == "Come at seven with a friend. Tell your neighbours."
    assert here not in client.get(at("post_detail", post.uid)).content.decode()


def test_a_look_shows_the_post_with_what_is_ticked_and_changes_nothing(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "Come at six with a friend. Tell your neighbours.")
    client = cast.client(cast.ana)
    use(client, suggestion)
    post = Post.objects.get()
    offers.revised(suggestion, cast.cato, "Come at seven with a friend. Tell your friends.")
    here = at("post_suggestion", post.uid)
    assert client.get(here).context["ahead"] == "Come at seven with a friend. Tell your friends."
    look = client.post(here, {"do": "look", "piece": "2", "version": "2"})
    assert look.context["ahead"] == "Come at six with a friend. Tell your friends."
    post.refresh_from_db()
    assert post.revision == 1
    assert here in client.get(at("post_detail", post.uid)).content.decode()
