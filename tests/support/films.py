"""Videos as phones make them, small, and with what the hub has to leave behind."""

from __future__ import annotations

import struct
from pathlib import Path

import av
from django.core.files.uploadedfile import SimpleUploadedFile

PLACE = "+38.7223-009.1393/"
TITLE = "Filmed by Ana on her own phone"
RATE = 12


def film(
    folder: Path,
    *,
    seconds: float = 1.0,
    size: tuple[int, int] = (64, 48),
    codec: str = "libx264",
    sound: str = "aac",
    turned: bool = False,
    ending: str = "mp4",
) -> Path:
    """A video in `folder`. `turned` is how a phone marks one that was filmed upright."""
    path = folder / f"film.{ending}"
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata.update({"location": PLACE, "title": TITLE, "creation_time": "2026-01-02T03:04:05Z"})
        picture = out.add_stream(codec, rate=RATE)
        picture.width, picture.height = size
        picture.pix_fmt = "yuv420p"
        track = out.add_stream(sound, rate=44100, layout="stereo") if sound else None
        for at in range(max(1, round(seconds * RATE))):
            out.mux(picture.encode(_frame(size, at)))
        out.mux(picture.encode())
        if track is not None:
            for at in range(int(seconds * 44100 // 1024)):
                out.mux(track.encode(_silence(track, at)))
            out.mux(track.encode())
    if turned:
        _turn(path, size)
    return path


def upload(path: Path, name: str = "film.mp4") -> SimpleUploadedFile:
    """A file as a browser would send it."""
    return SimpleUploadedFile(name, path.read_bytes(), "video/mp4")


def _frame(size: tuple[int, int], at: int) -> av.VideoFrame:
    frame = av.VideoFrame(*size, "rgb24")
    plane = frame.planes[0]
    plane.update(bytes([(at * 20) % 256, 120, 160] * (plane.buffer_size // 3 + 1))[: plane.buffer_size])
    return frame


def _silence(track: av.AudioStream, at: int) -> av.AudioFrame:
    frame = av.AudioFrame(format=track.codec_context.format.name, layout="stereo", samples=1024)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts = 44100, at * 1024
    return frame


def _turn(path: Path, size: tuple[int, int]) -> None:
    """Write a quarter turn into the track's matrix (ISO/IEC 14496-12, track header box)."""
    data = bytearray(path.read_bytes())
    box = data.index(b"tkhd")
    at = box + 8 + (20 if data[box + 4] == 0 else 32) + 16
    assert struct.unpack(">9i", data[at : at + 36])[0] == 0x10000
    data[at : at + 36] = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, size[1] << 16, 0, 1 << 30)
    path.write_bytes(data)
