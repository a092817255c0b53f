import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from chapters import erasure, events, invitations, membership, notices
from chapters.models import Event, Invitation, Membership, Notice, User
from chapters.permissions import Role
from chapters.problems import Refused
from tests.support.cast import PASSWORD, member


def test_every_pointer_to_a_person_has_a_declared_policy():
    pointers = {f"{field.model._meta.label}.{field.name}" for field in erasure.pointers_to_people()}
    declared = erasure.policies()
    assert pointers - set(declared) == set(), "declare these in the app's personal_data module"
    assert set(declared) - pointers == set(), "these are declared and do not exist"


def test_erasing_forgets_who_it_was_and_keeps_what_was_done(cast):
    membership.change_role(membership=cast.membership(cast.eva), role=Role.LEAD, by=cast.actor(cast.paulo))
    erased = erasure.erase(user=cast.paulo, by=cast.actor(cast.ada))
    assert erased.email == f"erased+{erased.uid}@invalid.invalid"
    assert (erased.name, erased.is_active, erased.has_usable_password()) == ("", False, False)
    assert erased.display_name == "Former member"
    assert not Membership.objects.filter(user=erased).exists()
    assert not EmailAddress.objects.filter(user=erased).exists()
    assert Event.objects.filter(actor=erased, verb="role_changed").exists()
    assert events.history(erased).first().verb == "person_erased"


def test_erasing_ends_sessions_and_removes_second_factors_and_notices(cast):
    client = cast.client()
    client.login(email="ana@example.org", password=PASSWORD)
    client.get("/notices/")
    Authenticator.objects.create(user=cast.ana, type="totp", data={"secret": "x"})
    notices.notify([cast.ana], chapter=None, cause="x", kind="x", title="x", body="", path="/")
    erasure.erase(user=cast.ana, by=cast.actor(cast.ada))
    assert not UserSession.objects.filter(user=cast.ana).exists()
    assert not Authenticator.objects.filter(user=cast.ana).exists()
    assert not Notice.objects.filter(person=cast.ana).exists()
    assert client.get("/notices/").status_code == 302


def test_no_column_of_any_table_still_holds_the_address(cast):
    invitations.invite(
        chapter=cast.porto, email="ana@example.org", role=Role.AUTHOR, by=cast.actor(cast.paulo)
    )
    cast.client(cast.ada).post(
        f"/admin/chapters/user/{cast.ana.pk}/change/", {"name": "Ana", "language": "en", "theme": "system"}
    )
    erasure.erase(user=cast.ana, by=cast.actor(cast.ada))
    assert not _holding("ana@example.org")


def _holding(word):
    """The columns of text, of all tables, in which `word` occurs."""
    from django.apps import apps
    from django.db.models import CharField, JSONField, TextField
    from django.db.models.functions import Cast

    return [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField)
        and model._base_manager.annotate(_text=Cast(field.name, TextField()))
        .filter(_text__icontains=word)
        .exists()
    ]


def test_open_invitations_of_the_address_are_withdrawn(cast):
    invitation = invitations.invite(
        chapter=cast.porto, email="ana@example.org", role=Role.AUTHOR, by=cast.actor(cast.paulo)
    )
    erasure.erase(user=cast.ana, by=cast.actor(cast.ada))
    invitation = Invitation.objects.get(pk=invitation.pk)
    assert invitation.revoked_at
    assert invitation.email.endswith("@invalid.invalid")


def test_last_lead_is_not_erased(cast):
    with pytest.raises(Refused, match="Lucia is the only lead of Lisbon"):
        erasure.erase(user=cast.lucia, by=cast.actor(cast.ada))
    assert User.objects.get(pk=cast.lucia.pk).erased_at is None
    assert cast.membership(cast.lucia).role == Role.LEAD


def test_lead_is_erased_when_another_stays(cast):
    member("Nuno", cast.lisbon, Role.LEAD)
    erasure.erase(user=cast.lucia, by=cast.actor(cast.ada))
    assert User.objects.get(pk=cast.lucia.pk).erased_at


def test_nobody_is_erased_twice(cast):
    erasure.erase(user=cast.vera, by=cast.actor(cast.ada))
    with pytest.raises(Refused, match="erased already"):
        erasure.erase(user=cast.vera, by=cast.actor(cast.ada))
