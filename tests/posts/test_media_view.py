"""Pictures, served to those who may see their posts."""

from __future__ import annotations

import pytest

from posts import composing, helping
from tests.support import posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(cast):
    return posts.picture(cast.lisbon, cast.ana)


def test_members_get_the_bytes_with_safe_headers(cast, media):
    answer = cast.client(cast.vera).get(f"/c/lisbon/media/{media.uid}/")
    assert answer.status_code == 200
    assert len(b"".join(answer.streaming_content)) == media.size
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"


def test_outsiders_and_other_chapters_do_not(cast, media):
    assert cast.client(cast.otto).get(f"/c/lisbon/media/{media.uid}/").status_code == 404
    assert cast.client(cast.alba).get(f"/c/porto/media/{media.uid}/").status_code == 404
    assert cast.client().get(f"/c/lisbon/media/{media.uid}/").status_code == 302


def test_lost_file_is_not_found(cast, media):
    media.file.storage.delete(media.file.name)
    assert cast.client(cast.ana).get(f"/c/lisbon/media/{media.uid}/").status_code == 404


def test_central_team_gets_pictures_of_posts_it_was_asked_about_and_no_others(cast, media):
    shown = posts.in_review(cast.lisbon, cast.ana, pictures=(composing.Picture(str(media.uid), "Teal"),))
    hidden = posts.picture(cast.lisbon, cast.ana, colour="red")
    request = helping.ask_help(post=shown, of_chapter=cast.central, by=cast.actor(cast.ana))
    client = cast.client(cast.cleo)
    assert client.get(f"/central/asking/{shown.uid}/media/{media.uid}/").status_code == 200
    assert client.get(f"/central/asking/{shown.uid}/media/{hidden.uid}/").status_code == 404
    assert client.get(f"/c/lisbon/media/{media.uid}/").status_code == 404
    helping.close_help(request=request, by=cast.actor(cast.ana))
    assert client.get(f"/central/asking/{shown.uid}/media/{media.uid}/").status_code == 404
