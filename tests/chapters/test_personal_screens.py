from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chapters import notices
from chapters.models import Membership, Notice
from chapters.templatetags.chapter_words import chapter_letters
from tests.support.cast import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
NOTICES = reverse("notice_list")
ME = reverse("person_settings")


def tell(person, cause="cause", path="/me/", chapter=None):
    notices.notify(
        [person], chapter=chapter, cause=cause, kind="joined", title=f"Title {cause}", body="Words", path=path
    )
    return Notice.objects.get(person=person, cause=cause)


def test_notices_are_ones_own_newest_first_with_their_zone(cast):
    tell(cast.ana, "one")
    tell(cast.ana, "two", chapter=cast.lisbon)
    tell(cast.otto, "three")
    page = cast.client(cast.ana).get(NOTICES).text
    assert page.index("Title two") < page.index("Title one")
    assert "Title three" not in page
    assert page.count(" Lisbon</time>") == 2
    assert "UTC" not in page


def test_notices_stand_by_their_time_whatever_their_order_of_arrival(cast):
    tell(cast.ana, "late")
    early = tell(cast.ana, "early")
    Notice.objects.filter(pk=early.pk).update(created_at=early.created_at - timedelta(hours=3))
    page = cast.client(cast.ana).get(NOTICES).text
    assert page.index("Title late") < page.index("Title early")


def test_devices_are_told_in_plain_words_and_in_the_chapters_time(cast):
    client = cast.client(headers={"User-Agent": FIREFOX})
    client.post(reverse("account_login"), {"login": "ana@example.org", "password": PASSWORD})
    page = client.get(reverse("usersessions_list")).text
    assert "Firefox on Windows" in page
    assert "Mozilla/5.0" not in page
    assert " Lisbon</time>" in page


def test_opening_marks_as_read_and_goes_to_the_next_step(cast):
    notice = tell(cast.ana)
    response = cast.client(cast.ana).post(reverse("notice_open", args=[notice.pk]))
    assert response["Location"] == "/me/"
    notice.refresh_from_db()
    assert notice.read_at


def test_opening_never_leads_off_the_hub(cast):
    notice = tell(cast.ana, path="//evil.example/x")
    response = cast.client(cast.ana).post(reverse("notice_open", args=[notice.pk]))
    assert response["Location"] == NOTICES


def test_looking_changes_nothing(cast):
    notice = tell(cast.ana)
    client = cast.client(cast.ana)
    client.get(NOTICES)
    assert client.get(reverse("notice_open", args=[notice.pk])).status_code == 405
    notice.refresh_from_db()
    assert notice.read_at is None


def test_nobody_opens_the_notice_of_another(cast):
    notice = tell(cast.ana)
    assert cast.client(cast.lucia).post(reverse("notice_open", args=[notice.pk])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_read_at_once_and_only_ones_own(cast):
    tell(cast.ana, "one")
    tell(cast.ana, "two")
    other = tell(cast.otto)
    page = cast.client(cast.ana).post(reverse("notice_read_all"), follow=True)
    assert "Mark all as read" not in page.text
    assert list(Notice.objects.filter(read_at=None)) == [other]


def test_no_notices_is_explained(cast):
    assert "When something needs you" in cast.client(cast.ana).get(NOTICES).text


def test_long_list_of_notices_has_pages_and_a_fixed_number_of_queries(cast):
    client = cast.client(cast.ana)
    tell(cast.ana, chapter=cast.lisbon)
    client.get(NOTICES)
    with CaptureQueriesContext(connection) as few:
        client.get(NOTICES)
    Notice.objects.bulk_create(
        Notice(
            person=cast.ana, cause=f"c{number}", kind="k", title=f"T{number}", path="/", chapter=cast.lisbon
        )
        for number in range(40)
    )
    with CaptureQueriesContext(connection) as many:
        page = client.get(NOTICES).context["page"]
    assert len(many) == len(few)
    assert not page.earlier_url
    older = client.get(NOTICES + page.later_url).context["page"]
    assert len(page.rows) + len(older.rows) == 41
    assert client.get(NOTICES + older.earlier_url).context["page"].rows == page.rows


def test_person_changes_name_and_time_zone(cast):
    client = cast.client(cast.ana)
    assert client.get(ME).status_code == 200
    client.post(ME, {"name": "Ana Costa", "time_zone": "Asia/Tokyo", "is_superuser": "on"})
    cast.ana.refresh_from_db()
    assert (cast.ana.name, cast.ana.time_zone, cast.ana.is_superuser) == ("Ana Costa", "Asia/Tokyo", False)
    tell(cast.ana)
    assert "Tokyo" in client.get(NOTICES).text


def test_wrong_details_are_shown_again_and_not_saved(cast):
    response = cast.client(cast.ana).post(ME, {"name": "", "time_zone": "Mars"})
    assert response.status_code == 422
    cast.ana.refresh_from_db()
    assert cast.ana.name == "Ana"


def test_language_is_asked_only_where_there_is_a_choice(cast):
    assert 'name="language"' not in cast.client(cast.ana).get(ME).text


def test_own_page_links_to_password_factors_and_devices(cast):
    page = cast.client(cast.ana).get(ME).text
    for name in ("account_email", "account_change_password", "mfa_index", "usersessions_list"):
        assert f'href="{reverse(name)}"' in page
    assert "Lisbon" in page


def test_person_in_no_chapter_is_told_what_to_do(cast):
    Membership.objects.filter(user=cast.ana).delete()
    page = cast.client(cast.ana).get(reverse("home")).text
    assert "You are in no chapter yet" in page
    assert "ana@example.org" in page
    assert "administration" in cast.client(cast.ada).get(reverse("home")).text


def test_account_pages_of_the_sign_in_library_open(cast):
    client = cast.client(cast.ana)
    for name in ("account_email", "account_change_password", "mfa_index", "usersessions_list"):
        assert client.get(reverse(name)).status_code == 200, name


def test_passkeys_are_offered_where_browsers_take_them(cast):
    for host, offered in (("127.0.0.1", False), ("localhost", True)):
        sign_in = cast.client(headers={"host": host}).get(reverse("account_login")).text
        assert ("Use a passkey" in sign_in) is offered
        safer = cast.client(cast.ana, headers={"host": host}).get(reverse("mfa_index"))
        assert (reverse("mfa_add_webauthn") in safer.text) is offered
        assert ("is made of numbers" in safer.text) is not offered


def test_letters_of_a_chapter_tell_it_from_its_sisters():
    assert chapter_letters("Open Bench Leeds") == "OL"
    assert chapter_letters("Open Bench Central Team") == "CT"
    assert chapter_letters("Lisbon") == "L"


def test_who_opens_the_offer_to_look_finds_it_ticked_and_may_leave_it(cast):
    eva, path = cast.client(cast.eva), "/c/porto/volunteer/"
    assert eva.get(path).context["form"]["on"].value() is True
    assert "You do not help with other chapters’ posts yet" in eva.post(path, follow=True).text
    assert cast.client(cast.otto).get(path).status_code == 404
