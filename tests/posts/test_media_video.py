"""Videos: what is taken, what is left behind, and what cannot hurt."""

from __future__ import annotations

import json
import subprocess
import sys

import av
import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from PIL import Image

from posts import media_probe, media_store, media_video
from posts.models import Media
from posts.platforms.base import Limits
from posts.problems import Refused
from tests.support import films, posts

pytestmark = pytest.mark.django_db


def taken(cast, path, name="film.mp4"):
    return media_video.store(films.upload(path, name), chapter=cast.lisbon, by=cast.ana)


def test_video_is_kept_with_its_facts_and_a_still_picture(cast, tmp_path):
    media = taken(cast, films.film(tmp_path, seconds=2.0))
    assert (media.kind, media.mime, media.width, media.height) == ("video", "video/mp4", 64, 48)
    assert media.seconds == pytest.approx(2.0, abs=0.1)
    assert media.size == media.file.size
    assert media.length == "0:02"
    with Image.open(media.poster) as still:
        assert (still.format, still.size) == ("JPEG", (64, 48))


def test_place_time_and_title_are_left_behind_and_the_frames_are_not_touched(cast, tmp_path):
    path = films.film(tmp_path)
    assert films.PLACE.encode() in path.read_bytes() or films.TITLE.encode() in path.read_bytes()
    media = taken(cast, path)
    kept = media.file.read()
    assert films.PLACE.encode() not in kept
    assert films.TITLE.encode() not in kept
    with av.open(media.file.path) as container, av.open(str(path)) as original:
        assert "creation_time" not in container.metadata
        assert "location" not in container.metadata
        packets = [bytes(p) for p in container.demux(video=0) if p.size]
        assert packets == [bytes(p) for p in original.demux(video=0) if p.size]


def test_index_stands_first_so_that_it_plays_while_it_loads(cast, tmp_path):
    kept = taken(cast, films.film(tmp_path)).file.read()
    assert kept.index(b"moov") < kept.index(b"mdat")


def test_video_filmed_upright_stays_upright(cast, tmp_path):
    media = taken(cast, films.film(tmp_path, turned=True))
    assert (media.width, media.height) == (48, 64)
    with Image.open(media.poster) as still:
        assert still.size == (48, 64)
    with av.open(media.file.path) as container:
        assert next(container.decode(video=0)).rotation == -90


def test_quicktime_file_of_a_phone_is_kept_as_mp4(cast, tmp_path):
    media = taken(cast, films.film(tmp_path, ending="mov"), "IMG_0001.MOV")
    assert (media.mime, media.file.name.rpartition(".")[2]) == ("video/mp4", "mp4")
    with av.open(media.file.path) as container:
        assert container.metadata["major_brand"] == "isom"


def test_video_without_sound_is_taken(cast, tmp_path):
    assert taken(cast, films.film(tmp_path, sound="")).seconds > 0.5


def test_newer_phones_videos_are_taken(cast, tmp_path):
    media = taken(cast, films.film(tmp_path, codec="libx265", ending="mov"))
    with av.open(media.file.path) as container:
        assert container.streams.video[0].codec_context.name == "hevc"


def test_same_video_again_is_the_same_row(cast, tmp_path):
    path = films.film(tmp_path)
    assert taken(cast, path) == taken(cast, path)
    assert Media.objects.count() == 1


def test_upload_on_disk_is_not_read_into_memory(cast, tmp_path, monkeypatch):
    path = films.film(tmp_path)
    with TemporaryUploadedFile("film.mp4", "video/mp4", path.stat().st_size, None) as upload:
        upload.write(path.read_bytes())
        upload.flush()
        monkeypatch.setattr(upload, "chunks", lambda *args: pytest.fail("it was copied through memory"))
        assert media_video.store(upload, chapter=cast.lisbon, by=cast.ana).is_video


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"codec": "mpeg4"}, "H.264"),
        ({"sound": "libmp3lame"}, "AAC"),
        ({"size": (4098, 16)}, "4K"),
    ],
)
def test_what_platforms_do_not_take_is_refused_with_what_to_do(cast, tmp_path, details, said):
    with pytest.raises(Refused, match=said):
        taken(cast, films.film(tmp_path, **details))
    assert not Media.objects.exists()


def test_file_that_is_no_video_is_refused(cast, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 40)
    with pytest.raises(Refused, match="Choose an MP4 file"):
        taken(cast, path)


def test_cut_off_video_is_refused(cast, tmp_path):
    path = films.film(tmp_path)
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(Refused):
        taken(cast, path)


def test_larger_than_allowed_is_refused_before_anything_looks_at_it(cast, tmp_path, settings, monkeypatch):
    settings.MEDIA_VIDEO_MAX_BYTES = 1000
    monkeypatch.setattr(media_video, "look_into", lambda *args: pytest.fail("it was looked into"))
    with pytest.raises(Refused, match="larger than"):
        taken(cast, films.film(tmp_path))


def test_playlist_cannot_make_the_hub_fetch_an_address(cast, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/secret\n")
    with pytest.raises(Refused):
        taken(cast, path)


def test_looking_has_little_memory_little_time_and_no_secrets(cast, tmp_path, monkeypatch):
    seen = {}

    def run(command, **options):
        seen.update(options, command=command)
        return subprocess.CompletedProcess(command, 1, b"", b"killed")

    monkeypatch.setenv("SECRET_KEY", "not for decoders")
    path = films.film(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(media_video.subprocess, "run", run)
        with pytest.raises(Refused):
            taken(cast, path)
    assert "SECRET_KEY" not in seen["env"]
    assert seen["timeout"] == media_video.LOOK_SECONDS
    limits = subprocess.run(
        [sys.executable, "-c",
         "import json, resource; from posts import media_probe as m; m._bound_resources();"
         "print(json.dumps([resource.getrlimit(r)[0] for r in (resource.RLIMIT_AS, resource.RLIMIT_CPU)]))"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(limits.stdout) == [media_probe.MEMORY, media_probe.CPU_SECONDS]


def test_decoder_that_never_ends_is_ended(cast, tmp_path, monkeypatch):
    monkeypatch.setattr(media_video, "LOOK_SECONDS", 0.01)
    with pytest.raises(Refused):
        taken(cast, films.film(tmp_path))


@pytest.mark.parametrize(
    ("head", "is_video"),
    [
        (b"\x00\x00\x00\x18ftypisom", True),
        (b"\x00\x00\x00\x14ftypqt  ", True),
        (b"\x00\x00\x00\x18ftypheic", False),
        (b"\x00\x00\x00\x18ftypmif1", False),
        (b"\x1a\x45\xdf\xa3........", True),
        (b"\xff\xd8\xff\xe0....JFIF", False),
        (b"", False),
    ],
)
def test_videos_are_told_by_how_they_begin(head, is_video, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(head)
    assert media_video.is_video(films.upload(path)) is is_video


def test_adapters_open_the_video_anew_each_time(cast, tmp_path):
    media = taken(cast, films.film(tmp_path))
    video = media_store.video_of(media, alt="A repair café")
    with video.open() as one, video.open() as other:
        assert one.read() == other.read() == media.file.read()
    assert (video.seconds, video.size, video.alt) == (media.seconds, media.size, "A repair café")


def test_video_is_never_fitted(cast, tmp_path):
    limits = Limits(text_max=1, image_bytes_max=1)
    assert media_store.fitted(taken(cast, films.film(tmp_path)), limits) is None


def test_picture_keeps_its_kind(cast):
    picture = posts.picture(cast.lisbon, cast.ana)
    assert (picture.kind, picture.length, picture.is_video) == ("image", "", False)
