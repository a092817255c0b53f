import pytest

from chapters import events, membership
from chapters.models import Membership, Notice
from chapters.permissions import Role
from chapters.problems import Refused
from tests.support.cast import member


def test_lead_gives_another_role_and_the_person_is_told(cast):
    changed = membership.change_role(
        membership=cast.membership(cast.ana), role=Role.EDITOR, by=cast.actor(cast.lucia)
    )
    assert changed.role == Role.EDITOR
    assert Notice.objects.get(person=cast.ana).title == "Your role in Lisbon is now Editor"
    event = events.history(cast.ana).get()
    assert (event.verb, event.actor, event.data) == (
        "role_changed", cast.lucia, {"old": "author", "new": "editor"},
    )  # fmt: skip


def test_history_of_a_person_holds_no_name(cast):
    membership.remove(membership=cast.membership(cast.ana), by=cast.actor(cast.lucia))
    assert events.history(cast.ana).get().subject_label == ""


def test_same_role_again_leaves_no_line(cast):
    membership.change_role(membership=cast.membership(cast.ana), role=Role.AUTHOR, by=cast.actor(cast.lucia))
    assert not events.history(cast.ana).exists()


def test_nobody_gives_a_role_in_a_chapter_they_do_not_lead(cast):
    for outsider in (cast.otto, cast.cleo, cast.eduardo):
        with pytest.raises(Refused):
            membership.change_role(
                membership=cast.membership(cast.ana), role=Role.VIEWER, by=cast.actor(outsider)
            )


def test_last_lead_is_not_demoted_removed_or_gone(cast):
    own = cast.membership(cast.lucia)
    with pytest.raises(Refused, match="Lucia is the only lead of Lisbon"):
        membership.change_role(membership=own, role=Role.EDITOR, by=cast.actor(cast.lucia))
    with pytest.raises(Refused, match="Lucia is the only lead of Lisbon"):
        membership.remove(membership=own, by=cast.actor(cast.ada))
    with pytest.raises(Refused, match="You are the only lead of Lisbon"):
        membership.leave(membership=own)
    assert cast.membership(cast.lucia).role == Role.LEAD


def test_lead_who_cannot_sign_in_does_not_count(cast):
    second = member("Nuno", cast.lisbon, Role.LEAD)
    second.is_active = False
    second.save()
    with pytest.raises(Refused, match="only lead"):
        membership.leave(membership=cast.membership(cast.lucia))
    membership.remove(membership=cast.membership(second), by=cast.actor(cast.lucia))


def test_lead_goes_when_another_stays(cast):
    member("Nuno", cast.lisbon, Role.LEAD)
    membership.leave(membership=cast.membership(cast.lucia))
    assert not Membership.objects.filter(user=cast.lucia).exists()


def test_removed_twice_is_said_so(cast):
    gone = cast.membership(cast.ana)
    membership.remove(membership=gone, by=cast.actor(cast.lucia))
    with pytest.raises(Refused, match="already left"):
        membership.remove(membership=gone, by=cast.actor(cast.lucia))


def test_rights_in_words_follow_the_permission_table_and_the_chapters_rule(cast):
    rights = dict(membership.rights_by_role(cast.lisbon))
    assert "Write posts" not in rights[Role.VIEWER]
    assert "Approve posts or ask for changes" in rights[Role.EDITOR]
    assert "Connect, pause and disconnect accounts" not in rights[Role.EDITOR]
    assert "Write and publish playbooks" not in rights[Role.LEAD]
    assert "Write and publish playbooks" in dict(membership.rights_by_role(cast.central))[Role.LEAD]
    cast.lisbon.accounts_by = cast.lisbon.AccountsBy.EDITORS
    assert (
        "Connect, pause and disconnect accounts" in dict(membership.rights_by_role(cast.lisbon))[Role.EDITOR]
    )
