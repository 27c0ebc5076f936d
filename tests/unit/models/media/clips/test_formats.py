"""Every container and codec that people upload, as far as there is an encoder to make it with."""

import os

import pytest

from models.media.clips.containers import container_of
from models.media.decoding import Exact, Fit, Wanted
from moderation.errors import UndecodableMedia
from tests.unit.models.media.clips.clips import EVERY_KIND, FPS, clip, scene
from tests.unit.models.media.clips.conftest import Reads
from tests.unit.models.media.decoding.wants import difference

CLOSE = 9.0  # grey levels in the mean: what the worst of these codecs loses at its default quality


@pytest.mark.parametrize(("container", "codec", "pixel_format"), EVERY_KIND)
def test_a_clip_gives_the_frames_that_went_in_at_their_times(
    read: Reads, container: str, codec: str, pixel_format: str
) -> None:
    seen = read(clip(container, codec, pixel_format=pixel_format))
    assert seen.ended == "complete"
    assert (seen.info.width, seen.info.height) == (160, 120)
    assert seen.times == sorted(set(seen.times))
    assert seen.times[0] == 0
    assert abs(seen.times[-1] - 1960) <= 1
    for frame in seen.frames:
        assert difference(frame.pictures["picture"], scene(round(frame.at_ms * FPS / 1000))) < CLOSE


@pytest.mark.parametrize(
    ("codec", "pixel_format"),
    [
        ("libx264", "yuv420p10le"),
        ("libx264", "yuv422p"),
        ("libx264", "yuv444p"),
        ("libx264", "yuvj420p"),
        ("libx265", "yuv420p10le"),
        ("libx265", "yuv420p12le"),
        ("libx265", "gbrp"),
        ("prores_ks", "yuva444p10le"),
    ],
)
def test_any_pixel_format_becomes_rgb_of_eight_bits(read: Reads, codec: str, pixel_format: str) -> None:
    first = read(clip("mov", codec, 5, pixel_format=pixel_format)).frames[0]
    assert difference(first.pictures["picture"], scene(0)) < CLOSE


def test_a_grey_clip_is_grey(read: Reads) -> None:
    picture = read(clip("mp4", "libx264", 5, pixel_format="gray")).frames[0].pictures["picture"]
    assert (picture == picture[..., :1]).all()
    assert picture.std() > 20


def test_every_frame_is_given_in_every_size_that_is_wanted(read: Reads) -> None:
    wanted = Wanted({"small": Fit(64), "model": Exact(32, 32, "centre")}, frames=3)
    seen = read(clip(frames=100), wanted)
    assert all(len(part.frames) <= 3 for part in seen.slices)
    for frame in seen.frames:
        assert [pixels.shape for pixels in frame.pictures.values()] == [(48, 64, 3), (32, 32, 3)]


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1/a.ts\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        b"RTSPtextrtsp://127.0.0.1/clip\r\n",
        b"[Reference]\r\nRef1=http://127.0.0.1/clip\r\n",
        b"GIF89a" + bytes(600),
        b"\x00\x00\x00\x20ftypavif" + bytes(600),
        b"ID3\x04" + bytes(600),
        b"text",
    ],
    ids=["HLS", "concat", "DASH", "SDP", "RTSP reference", "ASX", "GIF", "AVIF", "MP3", "text"],
)
def test_what_is_no_clip_is_refused_before_a_decoder_sees_it(content: bytes) -> None:
    with pytest.raises(UndecodableMedia) as refused:
        container_of(content)
    assert refused.value.reason == "not a video"


def test_an_empty_file_is_told_apart() -> None:
    with pytest.raises(UndecodableMedia) as refused:
        container_of(b"")
    assert refused.value.reason == "empty"


@pytest.mark.parametrize("start", [b"\x1aE\xdf\xa3", b"FLV\x01\x01\x00\x00\x00\x09", b"OggS", b"\x00\x00\x01\xba"])
def test_a_playlist_in_the_clothes_of_a_clip_is_never_read_as_one(read: Reads, start: bytes) -> None:
    with pytest.raises(UndecodableMedia):
        read(start + b"\n#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n" * 50)


@pytest.mark.parametrize("codec", ["ffv1", "rawvideo", "qtrle", "png"])
def test_decoders_that_nobody_needs_are_not_offered_to_strangers(read: Reads, codec: str) -> None:
    pixel_format = "rgb24" if codec in ("qtrle", "png") else "yuv420p"
    with pytest.raises(UndecodableMedia) as refused:
        read(clip("mov" if codec != "ffv1" else "matroska", codec, 3, pixel_format=pixel_format))
    assert refused.value.reason == "unsupported format"


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system has no scheduling policies")
def test_making_a_clip_leaves_the_priority_of_this_process_as_it_is() -> None:
    before = os.sched_getscheduler(0)
    clip("mp4", "libsvtav1")
    assert os.sched_getscheduler(0) == before == os.SCHED_OTHER
