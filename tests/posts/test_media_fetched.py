"""Pictures and videos on platforms that fetch them: the stand-ins fetch, the hub serves, the post is out."""

from __future__ import annotations

import io
import time

import pytest
from django.utils import timezone
from PIL import Image

from chapters.events import SYSTEM
from posts import accounts, composing, media_grants, media_store, media_video, workflow
from posts.models import Delivery, MediaGrant
from posts.platforms import registry
from posts.platforms.base import Connection, Profile
from posts.publishing.drain import Drain
from tests.posts.publishing.conftest import pass_time
from tests.support import films, posts

pytestmark = pytest.mark.django_db(transaction=True)

OPTIONS = {key: {"version": "v26.0"} for key in ("facebook", "instagram")} | {
    "linkedin": {"version": "202609"}
}


@pytest.fixture(params=["instagram", "threads"])
def account(request, practice, settings, live_server, cast):
    """An account of Porto's at a stand-in that fetches from this hub."""
    settings.HUB_URL = live_server.url
    registry.load({"practice": True, "sandbox_url": practice.url, "options": OPTIONS})
    name = f"{request.param}-{timezone.now():%H%M%S%f}"
    given = practice._admin("POST", "accounts", json={"network": request.param, "handle": name, "name": name})
    connection = Connection(Profile(given["id"], name, name), {"access_token": given["token"]})
    return accounts.connect(
        chapter=cast.porto, by=SYSTEM, platform=request.param, host="", connection=connection
    )


def published(cast, account, media, *, alt) -> Delivery:
    """The delivery of a post with `media`, once the engine is done with it."""
    picture = composing.Picture(str(media.uid), alt, is_video=media.is_video)
    post = posts.draft(cast.porto, cast.alba, account, pictures=(picture,), text="Back to life.")
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        Drain().run_due()
        delivery = post.deliveries.get()
        if delivery.status not in {Delivery.Status.PENDING, Delivery.Status.SENDING}:
            return delivery
        pass_time(delivery, 5)
        time.sleep(0.5)
    return delivery


def see_through(size: tuple[int, int]) -> io.BytesIO:
    """A picture that the hub keeps as PNG."""
    file = io.BytesIO()
    Image.new("RGBA", size, (200, 30, 30, 90)).save(file, "PNG")
    file.seek(0)
    return file


def test_wide_picture_that_is_no_jpeg_arrives(cast, practice, account, client):
    file = see_through((900, 40))
    media = media_store.store(file, size=len(file.getvalue()), chapter=cast.porto, by=cast.alba)
    assert media.mime == "image/png"
    delivery = published(cast, account, media, alt="A long bench")
    assert (delivery.status, delivery.message) == ("published", "")
    (commit,) = practice.commits(account)
    (shown,) = commit["media"]
    assert shown["alt"] == "A long bench"
    grant = MediaGrant.objects.get()
    assert grant.rendition is not None
    wanted = media_grants.Wanted(delivery, media, grant.rendition)
    assert client.get(f"/m/{wanted.token}.jpg").status_code == 404  # it is out: nothing is left to fetch


def test_video_arrives(cast, practice, account, tmp_path):
    path = films.film(tmp_path, seconds=4.0, size=(360, 640))
    media = media_video.store(films.upload(path), chapter=cast.porto, by=cast.alba)
    delivery = published(cast, account, media, alt="A lamp, repaired")
    assert (delivery.status, delivery.message) == ("published", "")
    (commit,) = practice.commits(account)
    assert len(commit["media"]) == 1
