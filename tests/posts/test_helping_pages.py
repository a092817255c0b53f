"""The pages of help with a post: asking, the list of those who are asked, wordings, thanks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters import volunteering
from playbooks import todos
from posts import helping, pages, proposing, workflow
from posts.models import HelpRequest, Post, Thanks
from tests.support import posts

pytestmark = pytest.mark.django_db

TEXT = "Come and paint the bench with us on Saturday"


@pytest.fixture
def post(cast):
    return posts.draft(cast.lisbon, cast.ana, text=TEXT)


def on(post, name, *args):
    return reverse(name, args=[post.chapter.slug, post.uid, *args])


def at_porto(post, name):
    return reverse(name, args=["porto", post.uid])


def ask(cast, post, of_chapter, **details):
    return helping.ask_help(post=post, of_chapter=of_chapter, by=cast.actor(cast.ana), **details)


class TestAsking:
    def send(self, cast, post, **data):
        return cast.client(cast.ana).post(on(post, "post_ask_help"), data)

    def test_a_chapter_is_found_by_its_name_and_the_time_is_on_the_askers_clocks(self, cast, post):
        tomorrow = timezone.now() + timedelta(days=2)
        answer = self.send(
            cast, post, whom="chapter", name=" porto", note="Too long?", date=f"{tomorrow:%Y-%m-%d}",
            time="18:30",
        )  # fmt: skip
        assert answer.status_code == 302
        asked = HelpRequest.objects.get()
        assert asked.of_chapter == cast.porto
        assert f"{asked.wanted_by.astimezone(cast.lisbon.zone):%H:%M}" == "18:30"

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"whom": "chapter", "name": "Nowhere"}, "No other chapter has this name"),
            ({"whom": "chapter", "name": "Lisbon"}, "No other chapter has this name"),
            ({"whom": "chapter", "name": "r"}, "There are: Braga, Porto"),
            ({"whom": "chapter", "name": "Prto"}, "Near it: Porto."),
            ({"whom": "volunteers", "may_approve": "on"}, "Volunteers advise"),
            ({"whom": "volunteers"}, "Nobody reads English yet"),
            ({"whom": "central", "date": "2001-01-01", "time": "10:00"}, "That time has passed"),
        ],
    )
    def test_what_cannot_be_asked_comes_back_with_the_words_kept(self, cast, post, data, said):
        answer = self.send(cast, post, note="My very own words", **data)
        assert answer.status_code == 422
        assert said in answer.text
        assert "My very own words" in answer.text
        assert "autofocus" in answer.text  # the form is far down, so the browser goes there
        assert not HelpRequest.objects.exists()

    def test_volunteers_are_asked_in_the_language_of_the_post_and_counted(self, cast, post):
        volunteering.volunteer(membership=cast.membership(cast.eva), languages=["de", "fr"])
        volunteering.volunteer(membership=cast.membership(cast.ana), languages=["de"])  # of this chapter
        page = cast.client(cast.ana).get(on(post, "post_detail")).text
        for words in ("English (no volunteer yet)", "German (1 volunteer)", '<option value="Porto">'):
            assert words in page
        answer = cast.client(cast.ana).post(
            on(post, "post_ask_help"), {"whom": "volunteers", "language": "de"}, follow=True
        )
        assert "1 volunteer is told" in answer.text
        assert [each.language for each in helping.open_calls(cast.membership(cast.eva))] == ["de"]

    def test_one_of_several_requests_is_ended_and_the_others_stay(self, cast, post):
        porto, _central = ask(cast, post, cast.porto), ask(cast, post, cast.central)
        cast.client(cast.ana).post(on(post, "post_close_help"), {"request": porto.pk})
        assert [each.of_chapter for each in HelpRequest.objects.filter(closed_at=None)] == [cast.central]


class TestAskedOfUs:
    def test_the_list_shows_requests_and_calls_but_no_word_of_a_post_nobody_took(self, cast, post):
        volunteering.volunteer(membership=cast.membership(cast.eva), languages=["en"])
        ask(cast, post, None, note="Is this funny?")
        named = posts.draft(cast.lisbon, cast.ana, text="Our tenth birthday")
        asked = ask(cast, named, cast.porto, note="Too sentimental?")
        HelpRequest.objects.filter(pk=asked.pk).update(wanted_by=timezone.now() - timedelta(hours=1))
        page = cast.client(cast.eva).get("/c/porto/asked/").text
        for words in ("Our tenth birthday", "Overdue", "Is this funny?", "Take it"):
            assert words in page
        assert "paint the bench" not in page

    def test_taking_a_call_leads_to_its_post_and_the_second_comes_too_late(self, cast, post):
        for person in (cast.eva, cast.alba):
            volunteering.volunteer(membership=cast.membership(person), languages=["en"])
        call = ask(cast, post, None)
        take = reverse("call_take", args=["porto", call.pk])
        first = cast.client(cast.eva).post(take, follow=True)
        assert TEXT in first.text
        late = cast.client(cast.alba).post(take, follow=True)
        assert "Somebody else took it" in late.text
        assert TEXT not in late.text
        assert cast.client(cast.alba).get(at_porto(post, "chapter_asked_post")).status_code == 404

    def test_once_the_request_is_closed_every_address_of_it_says_so_and_shows_nothing(self, cast, post):
        asked = ask(cast, post, cast.porto)
        client = cast.client(cast.eva)
        assert client.get(at_porto(post, "chapter_asked_post")).status_code == 200
        helping.close_help(request=asked, by=cast.actor(cast.ana))
        for part in ("post", "comment", "wording", "approve", "request_changes", "hand_back"):
            path = at_porto(post, f"chapter_asked_{part}")
            seen, sent = client.get(path), client.post(path, {"text": "My very own words"})
            assert {seen.status_code, sent.status_code} <= {409, 405}
            assert "paint the bench" not in seen.text + sent.text
            if sent.status_code == 409:
                assert "My very own words" in sent.text
                assert "Lisbon ended the request on" in sent.text
            assert cast.client(cast.otto).get(path).status_code == 404  # of no chapter asked

    def test_who_comes_after_the_approval_reads_who_gave_it_and_keeps_the_words(self, cast):
        post = posts.in_review(cast.lisbon, cast.ana, text=TEXT)
        ask(cast, post, cast.central, may_approve=True)
        cleo = cast.client(cast.cleo)
        workflow.approve(post=post, membership=cast.membership(cast.cato), revision=post.revision)
        form = {"text": "A shorter first line", "revision": post.revision}
        for name in ("asked_approve", "asked_request_changes"):
            path = reverse(name, args=[post.uid])
            late = cleo.post(path, form)
            assert late.status_code == 409
            assert "Cato approved it on" in late.text
            assert "A shorter first line" in late.text
            assert "paint the bench" not in late.text
            assert cast.client(cast.eva).post(path, form).status_code == 404

    @pytest.mark.parametrize("may_approve", [True, False])
    def test_advice_without_words_says_so_at_the_field_that_is_shown(self, cast, may_approve):
        post = posts.in_review(cast.lisbon, cast.ana, text=TEXT)
        ask(cast, post, cast.central, may_approve=may_approve)
        answer = cast.client(cast.cato).post(reverse("asked_comment", args=[post.uid]), {"text": " "})
        assert answer.status_code == 422
        assert "Write something first" in answer.text
        assert "autofocus" in answer.text

    def test_a_verdict_that_comes_too_late_keeps_its_words_as_advice(self, cast):
        post = posts.in_review(cast.lisbon, cast.ana, text=TEXT)
        ask(cast, post, cast.central, may_approve=True)
        workflow.withdraw(post=post, by=cast.actor(cast.ana))
        form = {"text": "A shorter first line", "revision": post.revision}
        answer = cast.client(cast.cato).post(reverse("asked_request_changes", args=[post.uid]), form)
        assert answer.status_code == 422
        assert "A shorter first line" in answer.text

    def test_query_count_does_not_grow(self, cast, django_assert_max_num_queries):
        volunteering.volunteer(membership=cast.membership(cast.eva), languages=["en"])
        client = cast.client(cast.eva)

        def one_more():
            ask(cast, posts.draft(cast.lisbon, cast.ana), cast.porto)
            ask(cast, posts.draft(cast.lisbon, cast.ana), None)

        one_more()
        with django_assert_max_num_queries(40) as few:
            client.get("/c/porto/asked/")
        for _each in range(3):
            one_more()
        with django_assert_max_num_queries(len(few)):
            client.get("/c/porto/asked/")


class TestWordings:
    def test_a_helper_proposes_and_the_author_takes_one_piece_on_the_posts_page(self, cast, post):
        ask(cast, post, cast.porto)
        eva, ana = cast.client(cast.eva), cast.client(cast.ana)
        form = {"text": "Come and paint the old bench with us on Sunday", "revision": "1", "note": "Why not"}
        assert eva.post(at_porto(post, "chapter_asked_wording"), form).status_code == 302
        [offer] = proposing.open_offers(post)
        page = ana.get(on(post, "post_detail")).text
        for words in ("Eva of Porto offered this", "Why not", 'name="piece" value="2"'):
            assert words in page
        answer = on(post, "post_answer_wording", offer.proposal.uid)
        for outsider in (cast.eva, cast.otto, cast.cleo):
            assert cast.client(outsider).post(answer, {"do": "take", "piece": "1"}).status_code == 404
        look = ana.post(answer, {"do": "look", "piece": "2", "answer": "Saturday it is."})
        assert [each.ahead for each in look.context["offers"]] == [TEXT.replace("Saturday", "Sunday")]
        empty = ana.post(answer, {"do": "take", "answer": "Saturday it is."})
        assert empty.status_code == 422
        assert "Tick what you want to take first." in empty.text
        assert "Saturday it is.</textarea>" in empty.text
        ana.post(answer, {"do": "take", "piece": "1", "answer": "Saturday it is."})
        assert Post.objects.get(pk=post.pk).text == "Come and paint the old bench with us on Saturday"
        seen = eva.get(at_porto(post, "chapter_asked_post")).text
        assert "Saturday it is." in seen
        assert "Taken in part" in seen

    def test_a_helper_takes_a_wording_back_until_it_was_answered(self, cast, post):
        ask(cast, post, cast.porto)
        eva, ana = cast.client(cast.eva), cast.client(cast.ana)
        form = {"text": "Come and paint the old bench with us on Sunday", "revision": "1"}
        for _each in range(2):
            eva.post(at_porto(post, "chapter_asked_wording"), form)
        second, first = proposing.open_offers(post)
        back = reverse("chapter_asked_withdraw_wording", args=["porto", post.uid, first.proposal.uid])
        assert back in eva.get(at_porto(post, "chapter_asked_post")).text
        assert cast.client(cast.alba).post(back).status_code == 404  # of the same chapter, not hers
        assert "taken back" in eva.post(back, follow=True).text
        assert [offer.proposal for offer in proposing.open_offers(post)] == [second.proposal]
        ana.post(on(post, "post_answer_wording", second.proposal.uid), {"do": "leave"})
        late = reverse("chapter_asked_withdraw_wording", args=["porto", post.uid, second.proposal.uid])
        assert "answered already" in eva.post(late, follow=True).text

    def test_nothing_changed_is_refused_with_the_words_kept(self, cast, post):
        answer = cast.client(cast.eduardo).post(on(post, "post_wording"), {"text": TEXT, "revision": "1"})
        assert answer.status_code == 422
        assert "the same as the one there" in answer.text
        assert TEXT in answer.text

    def test_an_approved_post_says_that_it_has_to_be_a_draft_before_pieces_are_taken(self, cast):
        post = posts.approved(cast.lisbon, cast.ana, cast.rui, text=TEXT)
        proposing.offer(
            post=post, membership=cast.membership(cast.eduardo), revision=1, text=f"{TEXT}, all of you"
        )
        page = cast.client(cast.ana).get(on(post, "post_detail")).text
        assert "make it a draft first" in page
        assert 'name="piece"' not in page


def test_thanks_are_read_by_the_two_sides_and_by_nobody_else(cast, post):
    asked = ask(cast, post, cast.porto)
    workflow.comment(post=post, membership=cast.membership(cast.eva), text="Name the street.")
    thank = on(post, "post_thank", asked.pk)
    for outsider in (cast.eva, cast.otto, cast.cleo):
        assert cast.client(outsider).post(thank, {"text": "x"}).status_code == 404
    cast.client(cast.ana).post(thank, {"text": "That saved our Saturday"})
    assert Thanks.objects.get().to == cast.eva
    helping.close_help(request=asked, by=cast.actor(cast.ana))
    words = "That saved our Saturday"
    assert words in cast.client(cast.eva).get("/c/porto/asked/").text
    assert words in cast.client(cast.lucia).get(on(post, "post_detail")).text
    for other, path in ((cast.alba, "/c/porto/asked/"), (cast.otto, "/c/braga/asked/"),
                        (cast.cleo, "/central/asking/")):  # fmt: skip
        assert words not in cast.client(other).get(path).text


def test_requests_to_the_central_team_wait_on_its_list_until_it_answers(cast, post):
    ask(cast, post, cast.central, wanted_by=timezone.now() + timedelta(hours=5))
    later = posts.draft(cast.porto, cast.alba, text="Later")
    helping.ask_help(post=later, of_chapter=cast.central, by=cast.actor(cast.alba))
    kept = posts.draft(cast.porto, cast.alba, text="Between chapters")
    helping.ask_help(post=kept, of_chapter=cast.lisbon, by=cast.actor(cast.alba))
    whats = [todo.what for todo in todos.waiting_for(None)]
    assert set(whats) == {post.first_words, "Later"}
    workflow.comment(post=post, membership=cast.membership(cast.cato), text="Good.")
    assert [todo.what for todo in todos.waiting_for(None)] == ["Later"]


def test_home_says_that_somebody_proposes_a_wording(cast, post):
    proposing.offer(post=post, membership=cast.membership(cast.eduardo), revision=1, text="Come and paint")
    assert "Eduardo proposes a wording" in cast.client(cast.ana).get("/c/lisbon/").text
    assert "proposes a wording" not in cast.client(cast.rui).get("/c/lisbon/").text


class TestAnswered:
    """A request stays open after the answer, below those that nobody answered, and waits for nobody."""

    def test_what_was_answered_stands_apart_and_is_no_longer_counted(self, cast, post):
        ask(cast, post, cast.porto)
        eva = cast.client(cast.eva)
        assert "asks for a second look" in eva.get("/c/porto/").text
        assert "asked today" in eva.get("/c/porto/asked/").text
        workflow.comment(post=post, membership=cast.membership(cast.alba), text="Name the street.")
        page = eva.get("/c/porto/asked/")
        assert (page.context["rows"], page.context["answered"][0].post) == ([], post)
        assert "Advised by Alba" in page.text
        assert "asks for a second look" not in eva.get("/c/porto/").text
        assert pages.asked_count(cast.membership(cast.eva)) == 0
        assert TEXT in eva.get("/c/porto/asked/?answered=1").text

    def test_the_central_home_counts_answers_apart(self, cast, post):
        ask(cast, post, cast.central)
        form = {"text": f"{TEXT}, all of you", "revision": post.revision}
        cast.client(cast.cato).post(reverse("asked_wording", args=[post.uid]), form)
        page = cast.client(cast.cleo).get("/c/central/")
        shown = [page.context[name] for name in ("asked", "asked_count", "advised_count")]
        assert shown == [[], 0, 1]
        assert "they decide" in page.text

    def test_a_post_handed_in_anew_waits_again_for_an_approval_that_counts(self, cast):
        post = posts.in_review(cast.lisbon, cast.ana, text=TEXT)
        asked = ask(cast, post, cast.porto, may_approve=True)
        eva = cast.membership(cast.eva)
        workflow.request_changes(post=post, membership=eva, revision=post.revision, text="Shorter")
        asked.refresh_from_db()
        assert asked.answered_by == cast.eva
        workflow.submit(post=post, by=cast.actor(cast.ana))
        assert pages.asking_count(eva) == 1
