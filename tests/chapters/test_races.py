"""What two people do at the same moment, on real connections."""

import threading

import pytest
from django.db import close_old_connections, connection

from chapters import invitations, membership
from chapters.events import SYSTEM, Actor
from chapters.models import Membership
from chapters.permissions import Role
from chapters.problems import Refused
from tests.support import cast as casting

pytestmark = pytest.mark.django_db(transaction=True)


def together(*verbs):
    """Run the verbs at once, each on its own connection; the sentence of each that was refused, else None."""
    barrier = threading.Barrier(len(verbs))
    answers = [None] * len(verbs)

    def run(index, verb):
        try:
            barrier.wait(timeout=10)
            verb()
        except Refused as refused:
            answers[index] = refused.message
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return answers


@pytest.fixture
def cast(transactional_db):
    return casting.build()


@pytest.mark.parametrize("attempt", range(3))
def test_two_leads_who_go_at_once_leave_one_behind(cast, attempt):
    nuno = casting.member("Nuno", cast.lisbon, Role.LEAD)
    own, other = cast.membership(cast.lucia), cast.membership(nuno)
    answers = together(lambda: membership.leave(membership=own), lambda: membership.leave(membership=other))
    assert sorted(answer is None for answer in answers) == [False, True]
    assert Membership.objects.filter(chapter=cast.lisbon, role=Role.LEAD).count() == 1


def test_two_leads_who_demote_each_other_leave_one(cast):
    nuno = casting.member("Nuno", cast.lisbon, Role.LEAD)
    own, other = cast.membership(cast.lucia), cast.membership(nuno)
    together(
        lambda: membership.change_role(membership=own, role=Role.VIEWER, by=Actor.person(nuno)),
        lambda: membership.change_role(membership=other, role=Role.VIEWER, by=Actor.person(cast.lucia)),
    )
    assert Membership.objects.filter(chapter=cast.lisbon, role=Role.LEAD).count() == 1


def test_one_link_pressed_in_two_windows_makes_one_member(cast):
    nuno = casting.person("Nuno")
    invitation = invitations.invite(
        chapter=cast.lisbon, email=nuno.email, role=Role.AUTHOR, by=Actor.person(cast.lucia)
    )
    link = invitations.issue_link(invitation=invitation, by=SYSTEM)
    digest = invitations.digest_of(link.rstrip("/").rpartition("/")[2])
    answers = together(*[lambda: invitations.accept(digest=digest, user=nuno)] * 2)
    assert answers == [None, None]
    assert Membership.objects.filter(user=nuno).count() == 1


def test_one_address_invited_by_two_leads_at_once_is_invited_once(cast):
    nuno = casting.member("Nuno", cast.lisbon, Role.LEAD)
    answers = together(
        *[
            lambda who=who: invitations.invite(
                chapter=cast.lisbon, email="mara@example.org", role=Role.AUTHOR, by=Actor.person(who)
            )
            for who in (cast.lucia, nuno)
        ]
    )
    assert sorted(answer is None for answer in answers) == [False, True]
    assert invitations.open_invitations(cast.lisbon).count() == 1
