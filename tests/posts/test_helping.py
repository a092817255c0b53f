"""Help with a post: whom a chapter may ask, who sees it when, and what a helper can't do."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from chapters import volunteering
from chapters.models import Event, Membership, Notice
from chapters.permissions import Role
from posts import composing, helping, proposing, workflow
from posts.allows import Allows
from posts.models import HelpRequest, Post, Thanks
from posts.problems import NotYours, Refused, Stale
from tests.support import posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(cast):
    return posts.draft(cast.lisbon, cast.ana, text="Come and paint the bench with us on Saturday")


def ask(cast, post, of_chapter, **details):
    return helping.ask_help(post=post, of_chapter=of_chapter, by=cast.actor(cast.ana), **details)


def volunteer(cast, user, *languages):
    volunteering.volunteer(membership=cast.membership(user), languages=languages or ("en",))


def allows(cast, post, user):
    return Allows(Post.objects.select_related("chapter").get(pk=post.pk), cast.membership(user))


class TestWhoSees:
    def test_a_chapter_asked_by_name_sees_the_post_until_the_request_ends(self, cast, post):
        asked = ask(cast, post, cast.porto)
        assert list(helping.visible_requests(cast.membership(cast.eva))) == [asked]
        for outsider in (cast.otto, cast.cleo):
            assert not helping.visible_requests(cast.membership(outsider)).exists()
        assert allows(cast, post, cast.eva).comment
        helping.close_help(request=asked, by=cast.actor(cast.ana))
        assert not helping.visible_requests(cast.membership(cast.eva)).exists()
        assert not allows(cast, post, cast.eva).comment

    def test_a_call_shows_nobody_the_post_until_one_takes_it_and_then_only_them(self, cast, post):
        volunteer(cast, cast.alba)
        volunteer(cast, cast.otto)
        call = ask(cast, post, None)
        assert not helping.visible_requests(cast.membership(cast.alba)).exists()
        assert list(helping.open_calls(cast.membership(cast.alba))) == [call]
        helping.take(request=call, membership=cast.membership(cast.alba))
        assert list(helping.visible_requests(cast.membership(cast.alba))) == [call]
        assert not helping.visible_requests(cast.membership(cast.paulo)).exists()  # of the same chapter
        assert not helping.open_calls(cast.membership(cast.otto)).exists()

    def test_a_call_reaches_volunteers_who_read_the_language_and_nobody_else(self, cast, post):
        volunteer(cast, cast.alba)
        volunteer(cast, cast.otto, "pt")
        call = ask(cast, post, None, wanted_by=timezone.now() + timedelta(days=1))
        told = Notice.objects.filter(kind="help_asked").values_list("person__name", flat=True)
        assert list(told) == ["Alba"]
        for other in (cast.otto, cast.eva, cast.cleo, cast.lucia):
            assert not helping.open_calls(cast.membership(other)).exists()
            with pytest.raises(Refused):
                helping.take(request=call, membership=cast.membership(other))

    def test_one_who_left_the_role_or_the_chapter_is_asked_no_more(self, cast, post):
        volunteer(cast, cast.alba)
        ask(cast, post, None)
        Membership.objects.filter(user=cast.alba).update(role=Role.VIEWER)
        assert not helping.open_calls(cast.membership(cast.alba)).exists()

    def test_handed_back_it_is_free_for_the_next(self, cast, post):
        volunteer(cast, cast.alba)
        volunteer(cast, cast.otto)
        call = ask(cast, post, None)
        helping.take(request=call, membership=cast.membership(cast.alba))
        with pytest.raises(Refused):
            helping.hand_back(request=call, membership=cast.membership(cast.otto))
        helping.hand_back(request=call, membership=cast.membership(cast.alba))
        assert not helping.visible_requests(cast.membership(cast.alba)).exists()
        helping.take(request=call, membership=cast.membership(cast.otto))
        assert Notice.objects.filter(kind="help_taken", person=cast.ana).count() == 2


def both(*verbs):
    """Run the verbs at once, each on its own connection; what each was refused with, or None."""
    barrier, refused = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(index, verb):
        try:
            barrier.wait(timeout=10)
            verb()
        except Refused as refusal:
            refused[index] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return refused


@pytest.mark.django_db(transaction=True)
def test_two_who_take_one_call_at_the_same_moment_do_not_both_get_it(cast):
    post = posts.draft(cast.lisbon, cast.ana)
    volunteer(cast, cast.alba)
    volunteer(cast, cast.otto)
    call = ask(cast, post, None)
    people = [cast.membership(cast.alba), cast.membership(cast.otto)]
    refused = both(*[lambda each=each: helping.take(request=call, membership=each) for each in people])
    assert sum(each is not None for each in refused) == 1
    assert Event.objects.filter(verb="took_help").count() == 1


class TestWhatAHelperCannotDo:
    def test_advice_decides_nothing_and_an_approval_counts_only_where_it_was_asked_for(self, cast):
        post = posts.in_review(cast.lisbon, cast.ana)
        asked = ask(cast, post, cast.porto)
        with pytest.raises(NotYours):
            workflow.approve(post=post, membership=cast.membership(cast.eva), revision=post.revision)
        helping.close_help(request=asked, by=cast.actor(cast.ana))
        ask(cast, post, cast.porto, may_approve=True)
        with pytest.raises(NotYours):  # an author reviews nothing at home either
            workflow.approve(post=post, membership=cast.membership(cast.alba), revision=post.revision)
        workflow.approve(post=post, membership=cast.membership(cast.eva), revision=post.revision)
        assert Post.objects.get(pk=post.pk).status == Post.Status.APPROVED
        assert not HelpRequest.objects.filter(closed_at=None).exists()

    def test_nobody_lets_a_volunteer_approve_not_even_the_database(self, cast, post):
        with pytest.raises(Refused):
            ask(cast, post, None, may_approve=True)
        call = ask(cast, post, None)
        with pytest.raises(Exception, match="volunteers_only_advise"), transaction.atomic():
            HelpRequest.objects.filter(pk=call.pk).update(may_approve=True)

    def test_a_helper_schedules_edits_and_takes_nothing(self, cast, post):
        ask(cast, post, cast.porto, may_approve=True)
        answers = allows(cast, post, cast.paulo)
        for name in ("edit", "submit", "schedule", "publish_now", "delete", "ask_help", "answer_proposal"):
            assert not getattr(answers, name), name

    def test_a_chapter_asks_nobody_twice_and_not_itself(self, cast, post):
        ask(cast, post, cast.porto)
        ask(cast, post, None)
        ask(cast, post, cast.central)
        for whom in (cast.porto, None, cast.central, cast.lisbon):
            with pytest.raises(Refused):
                ask(cast, post, whom)


def test_requests_end_when_the_post_is_out(cast):
    post = posts.scheduled(cast.porto, cast.alba)
    helping.ask_help(post=post, of_chapter=cast.lisbon, by=cast.actor(cast.alba))
    helping.ask_help(post=post, of_chapter=None, by=cast.actor(cast.alba))
    posts.settled(post, "published")
    assert not HelpRequest.objects.filter(closed_at=None).exists()
    assert Event.objects.filter(verb="closed_help", actor_kind="system").count() == 2


class TestProposedWording:
    def offer(self, cast, post, user=None, text="Come and paint the old bench with us on Sunday", **details):
        member = cast.membership(user or cast.eva)
        return proposing.offer(post=post, membership=member, revision=post.revision, text=text, **details)

    def settle(self, cast, proposal, post, *taken, **details):
        member = cast.membership(cast.ana)
        return proposing.settle(proposal=proposal, post=post, membership=member, taken=taken, **details)

    def test_the_author_takes_some_pieces_and_that_is_an_edit_by_the_author(self, cast):
        post = posts.in_review(cast.lisbon, cast.ana, text="Come and paint the bench with us on Saturday")
        asked = ask(cast, post, cast.porto)
        proposal = self.offer(cast, post, asked=asked)
        assert Notice.objects.filter(kind="proposal_offered", person=cast.ana).count() == 1
        self.settle(cast, proposal, post, 1, answer="The day has to stay.")
        post.refresh_from_db()
        assert post.text == "Come and paint the old bench with us on Saturday"
        assert post.revision == 2
        assert post.revisions.first().by == cast.ana
        heard = Notice.objects.get(kind="proposal_settled", person=cast.eva)
        assert heard.body == "The day has to stay."
        with pytest.raises(Refused):
            self.settle(cast, proposal, post, 1)

    def test_an_approval_no_longer_holds_once_pieces_are_taken(self, cast):
        post = posts.approved(cast.lisbon, cast.ana, cast.rui, text="Come and paint the bench on Saturday")
        proposal = self.offer(cast, post, cast.eduardo, text="Come and paint the bench on Sunday")
        with pytest.raises(Refused):  # it has to be a draft again first, which the author is asked
            self.settle(cast, proposal, post, 1)
        workflow.reopen(post=post, by=cast.actor(cast.ana))
        self.settle(cast, proposal, post, 1)
        post.refresh_from_db()
        assert (post.status, post.text) == ("draft", "Come and paint the bench on Sunday")

    def test_pieces_that_no_longer_fit_are_named_and_the_rest_is_taken(self, cast, post):
        proposal = self.offer(cast, post, cast.eduardo)
        draft = composing.draft_of(post)
        changed = composing.update(
            post=post, by=cast.actor(cast.ana), seen_revision=1,
            draft=replace(draft, text="Come and paint the bench with us on Monday"),
        )  # fmt: skip
        assert [piece.added for piece in proposing.open_offers(changed)[0].outgrown] == ["Sunday"]
        settled = self.settle(cast, proposal, changed, 1, 2)
        assert [piece.added for piece in settled.unfitting] == ["Sunday"]
        assert settled.text == "Come and paint the old bench with us on Monday"

    def test_wording_from_before_the_request_is_not_shown_to_who_was_asked(self, cast, post):
        draft = composing.draft_of(post)
        post = composing.update(
            post=post, by=cast.actor(cast.ana), draft=replace(draft, text="New"), seen_revision=1
        )
        asked = ask(cast, post, cast.porto)
        with pytest.raises(Stale):
            proposing.offer(
                post=post, membership=cast.membership(cast.eva), revision=1, text="x", asked=asked
            )

    def test_a_deleted_draft_takes_its_proposals_along(self, cast, post):
        proposal = self.offer(cast, post, cast.eduardo)
        composing.delete(post=post, by=cast.actor(cast.ana))
        assert not type(proposal).objects.exists()


class TestThanks:
    def test_who_helped_is_thanked_once_and_hears_it(self, cast, post):
        volunteer(cast, cast.alba)
        call = ask(cast, post, None)
        ana = cast.membership(cast.ana)
        with pytest.raises(Refused):  # nobody has helped yet
            helping.thank(request=call, membership=ana)
        helping.take(request=call, membership=cast.membership(cast.alba))
        workflow.comment(post=post, membership=cast.membership(cast.alba), text="Name the street.")
        assert Notice.objects.filter(kind="advice_given", person=cast.ana).count() == 1
        helping.close_help(request=call, by=cast.actor(cast.ana))
        first = helping.thank(request=call, membership=ana, text="That saved us")
        assert helping.thank(request=call, membership=ana, text="Again") == first
        assert (first.to, first.to_chapter) == (cast.alba, cast.porto)
        assert Notice.objects.filter(kind="thanked", person=cast.alba).count() == 1

    def test_nobody_thanks_for_another_chapters_post(self, cast, post):
        asked = ask(cast, post, cast.porto)
        workflow.comment(post=post, membership=cast.membership(cast.eva), text="Good.")
        for other in (cast.eva, cast.otto, cast.cleo):
            with pytest.raises(NotYours):
                helping.thank(request=asked, membership=cast.membership(other))
        assert not Thanks.objects.exists()
