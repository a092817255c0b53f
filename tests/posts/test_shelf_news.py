"""Chapters hear quietly of what suits them, and once."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from chapters.models import Notice
from playbooks import deciding
from playbooks.suggesting import Terms
from posts import shelf_news, standings
from tests.playbooks import offers
from tests.posts.test_adopting import use
from tests.support.cast import Cast


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("person__name", flat=True))


def test_writers_of_chapters_it_fits_are_told_once(cast: Cast) -> None:
    offers.offered(cast.cato, terms=Terms(regions=(cast.south, cast.north), max_members=4))
    answered = offers.offered(cast.cato, title="Answered", terms=Terms(regions=(cast.south,)))
    by = cast.actor(cast.ana)
    deciding.decline(suggestion=answered, chapter=cast.lisbon, reason="topic", by=by)
    for _twice in range(2):
        shelf_news.tell()
    assert told("suggestion_offered") == {"Alba", "Eva", "Paulo", "Otto"}
    assert Notice.objects.count() == 4


def test_what_is_not_visible_yet_or_no_news_any_more_is_not_told(cast: Cast) -> None:
    now = timezone.now()
    offers.offered(cast.cato, terms=Terms(visible_from=now + timedelta(days=9)))
    shelf_news.tell(now)
    assert not Notice.objects.exists()
    shelf_news.tell(now + timedelta(days=20))
    assert not Notice.objects.exists()
    shelf_news.tell(now + timedelta(days=10))
    assert Notice.objects.exists()


def test_newer_words_are_told_to_who_made_the_copy_while_it_is_not_out(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato, "Come at six.")
    use(cast, suggestion)
    shelf_news.changed_copies()
    assert told("suggestion_changed") == set()
    offers.revised(suggestion, cast.cato, "Come at seven.")
    for _twice in range(2):
        shelf_news.changed_copies()
    assert told("suggestion_changed") == {"Ana"}
    assert Notice.objects.filter(kind="suggestion_changed").count() == 1


def test_standings_of_many_take_as_many_queries_as_of_one(
    cast: Cast, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(3):
        found = standings.standings_of([cast.lisbon, cast.porto, cast.braga])
    assert found[cast.lisbon.pk].regions == {cast.south.pk}
    assert found[cast.porto.pk].members == 3
