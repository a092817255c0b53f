"""Looks into one video file, in a process of its own: `python -m posts.media_probe IN OUT POSTER`.

Whatever a hostile file makes a decoder do ends with this process: it has little time, little memory, and an
environment without secrets. It imports nothing of the hub. On success OUT is the video packed anew as MP4,
its frames untouched and everything that describes it left behind (place, time, device, titles), POSTER is a
still picture of it, and one line of JSON is printed: {"width", "height", "seconds"} as people see them, or
{"refused": why}. Why is one of `WHYS`.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from itertools import islice
from typing import Any

MEMORY = 1536 * 1024 * 1024  # bytes of address space
CPU_SECONDS = 90
PIXELS_MAX = 4096 * 2304
SIDE_MAX = 4096
POSTER_SIDE = 1280
POSTER_AT = 1.0  # seconds into the video, or the middle of a shorter one
POSTER_FRAMES = 120  # looked through for one that can be decoded
VIDEO_CODECS = {"h264", "hevc"}
AUDIO_CODECS = {"aac"}
WHYS = ("unreadable", "no_video", "codec", "sound", "size", "length")


class Unfit(Exception):
    """The file is no video that platforms take; the first argument is one of `WHYS`."""


def main(source: str, packed: str, poster: str) -> int:
    _bound_resources()
    import av

    try:
        told = _look(av, source, packed, poster)
    except Unfit as unfit:
        told = {"refused": unfit.args[0]}
    except (av.FFmpegError, ValueError, IndexError, ArithmeticError, EOFError):
        told = {"refused": "unreadable"}
    print(json.dumps(told))
    return 0


def _bound_resources() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _open(av: Any, path: str) -> Any:
    """The container, by the reader for MP4 and QuickTime files alone, which may open nothing else."""
    return av.open(path, format="mov", options={"protocol_whitelist": "file"})


def _look(av: Any, source: str, packed: str, poster: str) -> dict[str, Any]:
    with _open(av, source) as container:
        video, sound = _streams(container)
        _pack(av, container, [video, *sound], packed)
    with _open(av, packed) as container:
        width, height = _draw(container, poster)
        if not container.duration or container.duration <= 0:
            raise Unfit("length")
        seconds = container.duration / av.time_base
    return {"width": width, "height": height, "seconds": round(seconds, 3)}


def _streams(container: Any) -> tuple[Any, list[Any]]:
    """The pictures and the sound that go on; a file without sound has none."""
    videos = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not videos:
        raise Unfit("no_video")
    video = videos[0]
    if video.codec_context.name not in VIDEO_CODECS:
        raise Unfit("codec")
    if video.width < 2 or video.height < 2 or max(video.width, video.height) > SIDE_MAX:
        raise Unfit("size")
    if video.width * video.height > PIXELS_MAX:
        raise Unfit("size")
    sounds = list(container.streams.audio)
    sound = [each for each in sounds if each.codec_context and each.codec_context.name in AUDIO_CODECS]
    if sounds and not sound:
        raise Unfit("sound")
    return video, sound[:1]


def _is_cover(stream: Any) -> bool:
    """Whether it is a still picture that music files carry, not a film."""
    return stream.codec_context is None or stream.codec_context.name in {"mjpeg", "png"}


def _pack(av: Any, container: Any, streams: list[Any], path: str) -> None:
    """Copy the packets into a new file: the index first, no description, the same bytes every time."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(path, "w", format="mp4", options=options) as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in streams}
        for packet in container.demux(streams):
            if packet.dts is None:  # the empty one at the end
                continue
            packet.stream = copies[packet.stream.index]
            out.mux(packet)


def _draw(container: Any, path: str) -> tuple[int, int]:
    """Write the still picture; returns the size of the video as people see it."""
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1
    length = float(stream.duration * stream.time_base) if stream.duration else 0.0
    wanted = min(POSTER_AT, length / 2)
    frame = None
    for frame in islice(container.decode(stream), POSTER_FRAMES):
        if frame.time is not None and frame.time >= wanted:
            break
    if frame is None:
        raise Unfit("unreadable")
    return _write_still(frame, stream, path)


def _write_still(frame: Any, stream: Any, path: str) -> tuple[int, int]:
    picture = frame.to_image()
    shape = stream.sample_aspect_ratio
    if shape and shape > 0 and shape != 1 and 0.1 < float(shape) < 10:  # pixels that are not square
        picture = picture.resize((max(1, math.floor(picture.width * float(shape))), picture.height))
    if turned := frame.rotation % 360:
        picture = picture.rotate(turned, expand=True)
    size = picture.size
    picture.thumbnail((POSTER_SIDE, POSTER_SIDE))
    picture.convert("RGB").save(path, "JPEG", quality=85)
    return size


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
