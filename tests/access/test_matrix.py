"""The access matrix: every address, asked by everybody, in their own chapter and in others, by GET and POST.

Each test takes one address and collects everything that is not as the rows say.
"""

from __future__ import annotations

import pytest
from django.urls import reverse

from chapters.models import Chapter, User
from tests.access import matrix
from tests.access.asking import NOBODY, Answer, Asker, tell
from tests.access.stage import (
    CENTRAL,
    LISBON,
    OUTSIDE_CENTRAL,
    OUTSIDE_LISBON,
    At,
    Stage,
    fill,
    path_of,
)
from tests.access.table import GET, POST, ROLES, Row
from tests.access.urlconf import walk

pytestmark = pytest.mark.django_db

# Pages for people without an account, which say what to do where their link does not work.
OWN_404 = {"invitation", "invitation_accept", "connection_offer", "connection_begin", "connection_choose"}
EVERYBODY = (*LISBON, *CENTRAL, "otto", "ada")


class Tried:
    """Asks for what rows name, and keeps what was wrong."""

    def __init__(self, stage: Stage, asker: Asker) -> None:
        self.stage = stage
        self.asker = asker
        self.wrong: list[str] = []

    def ask(self, row: Row, who: str, path: str, chapter: Chapter) -> Answer:
        data = row.data(At(self.stage, chapter)) if row.data and row.method == POST else None
        return self.asker.ask(who, row.method, path + row.query, data)

    def expect(self, row: Row, who: str, path: str, chapter: Chapter, code: int, role: str = "") -> None:
        """`who` asks, and gets `code`; what is refused changes nothing, what is let in does what it says."""
        answer = self.ask(row, who, path, chapter)
        said = f"{row.method} {path} as {role or 'outsider'} {who or 'nobody'}"
        said += f" ({row.why})" if row.why else ""
        if who == NOBODY and code == 302:
            if not answer.is_to_sign_in:
                self.wrong.append(f"{said}: {answer.status} {answer.location}, expected the way to sign-in")
        elif answer.status != code:
            self.wrong.append(f"{said}: {answer.status} {answer.location}, expected {code}")
        self._left_behind(row, answer, said, code, role)
        if answer.status == 403 and role:
            self._names_the_role(answer, chapter, role, said)
        if answer.status == 404 and row.name not in OWN_404:
            self._is_like_nothing(row, who, answer, said)

    def _left_behind(self, row: Row, answer: Answer, said: str, code: int, role: str) -> None:
        if answer.is_refusal and answer.wrote:
            self.wrong.append(f"{said}: refused, but it wrote {sorted(answer.wrote)}")
        if row.method == GET and answer.wrote:
            self.wrong.append(f"{said}: looking at it writes {sorted(answer.wrote)}")
        let_in = row.method == POST and code in {200, 302} and not answer.is_refusal
        if let_in and bool(answer.wrote) != row.changes_for(role):
            what = f"changed {sorted(answer.wrote)}" if answer.wrote else "changed nothing"
            self.wrong.append(f"{said}: {what}")

    def _names_the_role(self, answer: Answer, chapter: Chapter, role: str, said: str) -> None:
        sentence = f"Your role in {chapter.name} is {role.title()}, which does not include this"
        if sentence not in answer.text:
            self.wrong.append(f"{said}: the page does not say “{sentence}”")

    def _is_like_nothing(self, row: Row, who: str, answer: Answer, said: str) -> None:
        """What must not be known looks exactly like what does not exist."""
        nothing = self.asker.nothing(who, row.method)
        told = {name: answer.headers.get(name) for name in ("Content-Type", "Vary", "Cache-Control")}
        told_of_nothing = {name: nothing.headers.get(name) for name in told}
        if (answer.body, told) != (nothing.body, told_of_nothing):
            self.wrong.append(f"{said}: its 404 is not that of a chapter that does not exist")


@pytest.fixture
def tried(stage: Stage, asker: Asker) -> Tried:
    return Tried(stage, asker)


@pytest.mark.parametrize("name", sorted(matrix.BY_NAME))
def test_everybody_gets_what_the_matrix_says(name: str, tried: Tried) -> None:
    for kind, row in matrix.BY_NAME[name]:
        {"chapter": _chapter_row, "central": _central_row, "hub": _central_row}.get(kind, _personal_row)(
            tried, row, kind
        )
    if changed := tried.asker.changed():
        tried.wrong.append(f"requests that were refused left other numbers of rows: {changed}")
    tell(tried.wrong)


# ---- a chapter's pages


def _chapter_row(tried: Tried, row: Row, kind: str) -> None:
    lisbon, porto, central = tried.stage.cast.lisbon, tried.stage.cast.porto, tried.stage.cast.central
    outside = 405 if row.is_closed else 404
    in_lisbon = path_of(tried.stage, row, lisbon, slug="lisbon")
    tried.expect(row, NOBODY, in_lisbon, lisbon, 302)
    for who, role in LISBON.items():
        tried.expect(row, who, in_lisbon, lisbon, row.code(role), role)
    for who in OUTSIDE_LISBON:
        tried.expect(row, who, in_lisbon, lisbon, outside)
    if row.is_closed:  # nobody looks at the chapter before this answer
        return
    in_porto = path_of(tried.stage, row, porto, slug="porto")
    for who in LISBON:
        tried.expect(row, who, in_porto, porto, outside)
    if row.at_central:
        in_central = path_of(tried.stage, row, central, slug="central")
        for who, role in CENTRAL.items():
            tried.expect(row, who, in_central, central, row.code(role), role)
        for who in OUTSIDE_CENTRAL:
            tried.expect(row, who, in_central, central, outside)
    _foreign(tried, row)


def _foreign(tried: Tried, row: Row) -> None:
    """Under one's own chapter's address, another chapter's thing: it is not there."""
    stage, lisbon, porto = tried.stage, tried.stage.cast.lisbon, tried.stage.cast.porto
    kwargs = [k for k, word in row.of.items() if stage.has_foreign(word) and k not in row.ignores]
    theirs = fill(stage, row.of, porto)
    for foreign in {tuple(kwargs), *((kwarg,) for kwarg in kwargs)} - {()}:
        path = path_of(stage, row, lisbon, slug="lisbon", **{kwarg: theirs[kwarg] for kwarg in foreign})
        for who, role in LISBON.items():
            code = row.code(role)
            is_by_role = code == 403 and not _is_own_only(row, role)
            tried.expect(row, who, path, lisbon, code if is_by_role else 404, role if is_by_role else "")
        if stage.things["central"].keys() >= {row.of[kwarg] for kwarg in kwargs} and row.at_central:
            path = path_of(stage, row, stage.cast.central, slug="central", **{k: theirs[k] for k in foreign})
            for who in ("cato", "cleo"):
                code = row.code(CENTRAL[who])
                tried.expect(row, who, path, stage.cast.central, code if code == 403 else 404)


def _is_own_only(row: Row, role: str) -> bool:
    """Whether the role has the right but works on its own posts only: there the post is looked up first."""
    return role == "author" and any(str(word).startswith("lead_") for word in row.of.values())


# ---- the central team's pages


def _central_row(tried: Tried, row: Row, kind: str) -> None:
    lisbon, central = tried.stage.cast.lisbon, tried.stage.cast.central
    path = path_of(tried.stage, row, lisbon)
    tried.expect(_with_data_of(row, tried, lisbon), NOBODY, path, lisbon, 302)
    for who, role in CENTRAL.items():
        answer_of = _with_data_of(row, tried, lisbon)
        tried.expect(answer_of, who, path, central, row.code(role), role)
    for who in ("otto", *LISBON, "ada"):
        is_let_in = kind == "hub" and who == "ada"  # administrators see how the hub is
        outside = row.code("lead") if is_let_in else 404
        tried.expect(_with_data_of(row, tried, lisbon), who, path, lisbon, 405 if row.is_closed else outside)


def _with_data_of(row: Row, tried: Tried, chapter: Chapter) -> Row:
    """The row with its form made from the things of `chapter`, whichever chapter it is sent to."""
    if row.data is None:
        return row
    data = row.data(At(tried.stage, chapter))
    return Row(**{**row.__dict__, "data": lambda at: data})


# ---- one's own pages, and everybody's


def _personal_row(tried: Tried, row: Row, kind: str) -> None:
    lisbon = tried.stage.cast.lisbon
    code = row.codes[0]
    for who in EVERYBODY:
        path = path_of(tried.stage, row, lisbon, who)
        is_in_none = row.name == "home" and who == "ada" and row.method == GET
        tried.expect(row, who, path, lisbon, 200 if is_in_none else code)
    path = path_of(tried.stage, row, lisbon)
    if kind == "signed_in":
        tried.expect(row, NOBODY, path, lisbon, 302)
        return
    answer = tried.ask(row, NOBODY, path, lisbon)
    if answer.status != code or answer.is_to_sign_in:
        tried.wrong.append(f"{row.method} {path} as nobody: {answer.status}, expected {code}")


# ---- ids in forms, not in addresses


def test_accounts_and_pictures_of_another_chapter_cannot_be_put_on_a_sheet(stage, asker):
    at = At(stage, stage.cast.lisbon)
    (row,) = [row for _kind, row in matrix.BY_NAME["post_new"] if row.method == POST]
    theirs = stage.things["porto"]
    sheet = {**row.data(at), "targets": [str(theirs["account"].pk)], "picture": [str(theirs["media"].uid)]}
    sheet[f"text_{theirs['account'].pk}"] = "Their own words"
    for doing in ("save", "submit", "check"):
        answer = asker.ask("ana", POST, "/c/lisbon/posts/new/", {**sheet, "do": doing})
        assert answer.status in {200, 422}, doing
        assert not answer.wrote
        assert theirs["account"].handle not in answer.text
        assert str(theirs["media"].uid) not in answer.text


@pytest.mark.parametrize("query", ["?account={account.uid}", "?post={draft.uid}", "?author={author.uid}"])
@pytest.mark.parametrize("name", ["post_list", "post_check", "post_new", "plan"])
def test_queries_that_name_another_chapters_things_find_nothing(stage, asker, name, query):
    porto = stage.things["porto"]
    query = query.format(account=porto["account"], draft=porto["draft"], author=stage.cast.alba)
    answer = asker.ask("lucia", GET, reverse(name, args=["lisbon"]) + query)
    assert answer.status in {200, 302}
    assert "kept-by-porto" not in answer.text
    assert str(porto["draft"].uid) not in answer.location


# ---- whoever is no longer there


@pytest.mark.parametrize("name", ["chapter_home", "post_list", "member_list", "chapter_settings"])
def test_a_chapter_that_left_is_gone_for_its_members_too(asker, name):
    Chapter.objects.filter(slug="lisbon").update(state=Chapter.State.LEFT)
    answer = asker.ask("lucia", GET, reverse(name, args=["lisbon"]))
    assert (answer.status, answer.body) == (404, asker.nothing("lucia", GET).body)


def test_whoever_may_not_sign_in_any_more_is_sent_to_sign_in(stage, asker):
    User.objects.filter(pk=stage.cast.vera.pk).update(is_active=False)
    assert asker.ask("vera", GET, "/c/lisbon/").is_to_sign_in


def test_editors_connect_accounts_where_the_chapter_says_so(asker):
    Chapter.objects.filter(slug="lisbon").update(accounts_by=Chapter.AccountsBy.EDITORS)
    for who, code in (("ana", 403), ("eduardo", 200), ("lucia", 200)):
        assert asker.ask(who, GET, "/c/lisbon/accounts/connect/").status == code, who
        assert asker.ask(who, POST, "/c/lisbon/accounts/connect/sandbox/", {}).status == code, who


# ---- the libraries' pages, by pattern

ADMIN = [address for address in walk() if address.path.startswith("admin/") and "^" not in address.path]
ADMIN_BY_TABLE = sorted({address.path.split("/")[2] for address in ADMIN if address.path.count("/") > 2})
ALLAUTH = sorted({a.path for a in walk() if a.path.startswith("account/") and "^" not in a.path})


def _example(path: str) -> str:
    return "/" + path.replace("<path:object_id>", "1").replace("<path:content_type_id>", "1").replace(
        "<int:pk>", "1"
    )


@pytest.mark.parametrize("table", ["", *ADMIN_BY_TABLE])
def test_only_administrators_get_into_the_admin(table, asker):
    wrong = []
    for address in ADMIN:
        if (address.path.split("/")[2:3] or [""])[0] != table and (table or address.path.count("/") > 2):
            continue
        for who in (NOBODY, "lucia", "cleo"):
            for method, data in ((GET, None), (POST, {"action": "delete_selected", "post": "yes"})):
                answer = asker.ask(who, method, _example(address.path), data)
                if not _turned_away(answer, address.path, who):
                    wrong.append(
                        f"{method} /{address.path} as {who or 'nobody'}: {answer.status} {answer.location}"
                    )
                if answer.wrote:
                    wrong.append(f"{method} /{address.path} as {who or 'nobody'} wrote {answer.wrote}")
    tell(wrong)


def _turned_away(answer: Answer, path: str, who: str) -> bool:
    if path == "admin/logout/" and who:
        return answer.status in {200, 302, 405}
    to_the_door = answer.status == 302 and answer.location.startswith("/admin/login/")
    return to_the_door or answer.is_refusal


@pytest.mark.parametrize("path", ALLAUTH)
def test_pages_of_the_sign_in_library_write_nothing_by_being_looked_at(path, asker):
    for who in (NOBODY, "vera", "ada"):
        answer = asker.ask(who, GET, _example(path))
        assert answer.status < 500, who
        assert not answer.wrote, who


@pytest.mark.parametrize("path", ALLAUTH)
def test_personal_pages_of_the_sign_in_library_want_a_person(path, asker):
    views = {address.path: address.view for address in walk()}
    for method in (GET, POST):
        answer = asker.ask(NOBODY, method, _example(path), {} if method == POST else None)
        assert answer.is_to_sign_in or not getattr(views[path], "login_required", True), method
        assert not answer.wrote, method


def test_the_roles_of_the_stage_are_the_matrix_columns():
    assert tuple(LISBON.values()) == tuple(CENTRAL.values()) == ROLES
