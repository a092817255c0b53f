from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from chapters import advisories, events, invitations, rules, volunteering, wishes
from chapters.models import Chapter, Digest, Event, Invitation, Membership, Notice, User
from chapters.permissions import Role
from tests.support.cast import PASSWORD

OURS = ["chapters", "account", "mfa", "usersessions", "admin"]
MODELS = [model for model in admin.site._registry if model._meta.app_label in OURS]


def listed(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page(row, kind="change"):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{kind}", args=[row.pk])


@pytest.fixture
def ada(cast):
    return cast.client(cast.ada)


@pytest.fixture
def rows(cast):
    """At least one row of each table."""
    invitations.invite(
        chapter=cast.lisbon, email="nuno@example.org", role=Role.AUTHOR, by=cast.actor(cast.lucia)
    )
    rules.pause(chapter=cast.porto, reason="Fire", by=cast.actor(cast.paulo))
    wishes.choose(person=cast.ana, wishes={"posts": "weekly"})
    wishes.declare_emergency(reason="Storm", lasts=timedelta(hours=1), by=cast.actor(cast.cleo))
    Digest.objects.create(person=cast.ana, day=date(2026, 11, 24))
    volunteering.volunteer(membership=cast.membership(cast.eva), languages=["en"])
    advisory = advisories.issue(
        reason="Flood", ends_at=timezone.now() + timedelta(days=1), membership=cast.membership(cast.cleo)
    )
    advisories.go_on(advisory=advisory, membership=cast.membership(cast.lucia))
    Authenticator.objects.create(user=cast.ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    cast.client().post(reverse("account_login"), {"login": "rui@example.org", "password": PASSWORD})
    cast.client(cast.ada).post(
        reverse("admin:chapters_region_add"), {"name": "West", "slug": "west", "parent": ""}
    )


def act(client, action, *rows, **more):
    return client.post(
        listed(type(rows[0])),
        {"action": action, "_selected_action": [row.pk for row in rows], **more},
        follow=True,
    )


def test_every_table_of_this_app_has_a_page():
    from django.apps import apps

    assert set(apps.get_app_config("chapters").get_models()) <= set(admin.site._registry)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_list_search_row_and_history_open(ada, rows, model):
    row = model._base_manager.first()
    assert row is not None
    for url in (listed(model), f"{listed(model)}?q=a", page(row), page(row, "history")):
        response = ada.get(url)
        assert response.status_code == 200, url
        for secret in (
            "JBSWY3DPEHPK3PXP",
            getattr(row, "token_hash", None),
            getattr(row, "session_key", None),
        ):
            assert not secret or secret not in response.text, url


@pytest.mark.parametrize(
    "label",
    [
        "Membership",
        "Invitation",
        "Event",
        "Notice",
        "EmailAddress",
        "Authenticator",
        "UserSession",
        "LogEntry",
    ],
)
def test_hand_edits_are_refused(ada, rows, label):
    model = next(model for model in MODELS if model.__name__ == label)
    row = model._base_manager.first()
    assert ada.post(page(row), {}).status_code == 403
    assert ada.post(page(row, "delete"), {"post": "yes"}).status_code == 403


def test_people_and_chapters_are_not_added_or_deleted_by_hand(ada, cast):
    for row in (cast.ana, cast.lisbon):
        assert ada.post(page(row, "delete"), {"post": "yes"}).status_code == 403
        assert ada.get(listed(type(row)) + "add/").status_code == 403


def chapter_form(chapter, **changes):
    names = ["name", *rules.SETTINGS]
    inline = {f"memberships-{part}_FORMS": "0" for part in ("TOTAL", "INITIAL")}
    return {name: getattr(chapter, name) for name in names} | {"region": chapter.region_id} | inline | changes


def test_change_is_an_event_by_the_administrator(ada, cast):
    ada.post(page(cast.porto), chapter_form(cast.porto, name="Porto and Gaia", slug="other", state="left"))
    cast.porto.refresh_from_db()
    assert (cast.porto.name, cast.porto.slug, cast.porto.state) == ("Porto and Gaia", "porto", "active")
    event = events.history(cast.porto).get()
    assert (event.actor, event.verb, event.data) == (cast.ada, "changed_in_admin", {"fields": ["name"]})
    assert "changed_in_admin" in ada.get(page(cast.porto, "history")).text


def test_required_review_needs_two_approvers_here_too(ada, cast):
    Membership.objects.filter(user=cast.eva).update(role=Role.AUTHOR)
    response = ada.post(page(cast.porto), chapter_form(cast.porto, review_rule="required"))
    assert "needs two people" in response.text
    cast.porto.refresh_from_db()
    assert cast.porto.review_rule == Chapter.ReviewRule.OPTIONAL


def test_sending_an_invitation_again_is_audited(ada, cast, rows):
    invitation = Invitation.objects.get()
    response = act(ada, "resend", invitation)
    assert "Done for 1." in response.text
    assert events.history(invitation).first().actor == cast.ada


def test_refusal_is_a_sentence_and_stops_no_other_row(ada, cast):
    response = act(ada, "remove", cast.membership(cast.lucia), cast.membership(cast.ana), confirmed="yes")
    assert "Lucia is the only lead of Lisbon" in response.text
    assert "Done for 1." in response.text
    assert not Membership.objects.filter(user=cast.ana).exists()


def test_erasing_asks_first(ada, cast):
    response = act(ada, "erase", cast.ana)
    assert "gone for good" in response.text
    assert User.objects.get(pk=cast.ana.pk).erased_at is None
    act(ada, "erase", cast.ana, confirmed="yes")
    erased = User.objects.get(pk=cast.ana.pk)
    assert erased.erased_at
    assert events.history(erased).first().actor == cast.ada
    assert ada.post(page(erased), {"name": "Ana"}).status_code == 403


def test_pausing_asks_why(ada, cast):
    assert 'name="reason"' in act(ada, "pause", cast.porto).text
    assert "This field is required" in act(ada, "pause", cast.porto, confirmed="yes", reason="").text
    act(ada, "pause", cast.porto, confirmed="yes", reason="Account stolen")
    cast.porto.refresh_from_db()
    assert cast.porto.paused_reason == "Account stolen"
    assert Notice.objects.filter(chapter=cast.porto, person=cast.paulo).exists()
    act(ada, "resume", cast.porto)
    cast.porto.refresh_from_db()
    assert cast.porto.is_active


def test_administrator_makes_a_lead_where_none_is_left(ada, cast):
    Membership.objects.filter(user=cast.paulo).delete()
    act(ada, "make_lead", cast.membership(cast.eva))
    assert cast.membership(cast.eva).role == Role.LEAD


def test_signing_somebody_out_everywhere(ada, cast):
    client = cast.client()
    client.post(reverse("account_login"), {"login": "ana@example.org", "password": PASSWORD})
    assert client.get(reverse("notice_list")).status_code == 200
    act(ada, "end_sessions", cast.ana)
    assert client.get(reverse("notice_list")).status_code == 302


def test_staff_without_the_right_runs_no_action(cast):
    from django.contrib.auth.models import Permission

    cast.otto.is_staff = True
    cast.otto.save()
    cast.otto.user_permissions.add(Permission.objects.get(codename="view_user"))
    client = cast.client(cast.otto)
    act(client, "erase", cast.ana, confirmed="yes")
    assert User.objects.get(pk=cast.ana.pk).erased_at is None
    assert EmailAddress.objects.filter(user=cast.ana).exists()


def test_staff_do_not_make_themselves_superusers(cast):
    from django.contrib.auth.models import Permission

    cast.otto.is_staff = True
    cast.otto.save()
    cast.otto.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    inline = {f"memberships-{part}_FORMS": "0" for part in ("TOTAL", "INITIAL")}
    form = {
        "name": "Otto",
        "language": "en",
        "theme": "system",
        "is_active": "on",
        "is_superuser": "on",
        **inline,
    }
    response = cast.client(cast.otto).post(page(cast.otto), form)
    cast.otto.refresh_from_db()
    assert response.status_code == 302
    assert not cast.otto.is_superuser


def test_member_at_the_door_of_the_administration_learns_whose_it_is(cast):
    page = cast.client(cast.ana).get(reverse("admin:index"), follow=True)
    assert page.status_code == 403
    assert "for the hub’s administrators" in page.text
    assert "A lead of your chapter" not in page.text


def test_actions_say_what_they_found_so_and_are_in_the_administrators_name(ada, cast):
    lucia, eva = cast.membership(cast.lucia), cast.membership(cast.eva)
    said = act(ada, "make_lead", lucia, eva).text
    assert "Done for 1." in said
    assert "1 was left as it is" in said
    row = volunteering.volunteer(membership=cast.membership(cast.ana), languages=["en"])
    assert "Done for 1." in act(ada, "stop", row).text
    assert Event.objects.get(verb="stopped_volunteering").actor == cast.ada
