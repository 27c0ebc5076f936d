"""What cameras, editors and liars write: how a player shows it is how it is seen."""

import io
from typing import Any

import av
import numpy as np
import pytest

from models.media.decoding import Fit, Wanted
from models.media.decoding.orientation import upright
from moderation.errors import MediaTooLarge, UndecodableMedia
from tests.unit.models.media.clips.clips import FPS, clip, scene
from tests.unit.models.media.clips.conftest import Reads
from tests.unit.models.media.decoding.wants import difference

ONE, LESS = 0x10000.to_bytes(4, "big"), (2**32 - 0x10000).to_bytes(4, "big")
NONE = bytes(4)
LAST = bytes(8) + 0x40000000.to_bytes(4, "big")


def matrix(a: bytes, b: bytes, c: bytes, d: bytes) -> bytes:
    """As it stands in an MP4's track header."""
    return a + b + NONE + c + d + NONE + LAST


@pytest.mark.parametrize(
    ("how", "orientation"),
    [
        ((LESS, NONE, NONE, ONE), 2),
        ((LESS, NONE, NONE, LESS), 3),
        ((ONE, NONE, NONE, LESS), 4),
        ((NONE, ONE, ONE, NONE), 5),
        ((NONE, ONE, LESS, NONE), 6),
        ((NONE, LESS, LESS, NONE), 7),
        ((NONE, LESS, ONE, NONE), 8),
    ],
)
def test_a_clip_stands_upright_as_it_was_filmed(
    read: Reads, how: tuple[bytes, bytes, bytes, bytes], orientation: int
) -> None:
    content = clip(frames=5)
    at = content.index(matrix(ONE, NONE, NONE, ONE), content.index(b"tkhd"))
    seen = read(content[:at] + matrix(*how) + content[at + 36 :])
    assert (seen.info.width, seen.info.height) == ((120, 160) if orientation >= 5 else (160, 120))
    assert difference(seen.frames[0].pictures["picture"], upright(scene(0), orientation)) < 3


def test_pixels_that_are_not_square_are_shown_square(read: Reads) -> None:
    seen = read(clip("3gp", "h263", 5, size=(176, 144)))  # 12:11, as the standard has it
    assert (seen.info.width, seen.info.height) == (192, 144)
    assert seen.frames[0].pictures["picture"].shape == (144, 192, 3)


def test_the_range_of_brightness_that_the_file_states_is_kept(read: Reads) -> None:
    full, limited = (read(clip("mp4", "libx264", 5, pixel_format=how)).frames[0] for how in ("yuvj420p", "yuv420p"))
    assert difference(full.pictures["picture"], limited.pictures["picture"]) < 3


def test_of_an_interlaced_clip_one_moment_is_shown(read: Reads) -> None:
    """A square that has moved far between the two fields is seen in one place, not as a comb in two."""
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as out:
        video: Any = out.add_stream("mpeg2video", rate=FPS, options={"flags": "+ildct+ilme", "top": "1"})
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        woven = np.zeros((120, 160, 3), np.uint8)
        woven[40:80:2, 20:60], woven[41:80:2, 100:140] = 255, 255
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(woven, format="rgb24")
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    picture = read(file.getvalue()).frames[0].pictures["picture"].astype(int)
    assert picture[44:76, 30:50].mean() > 200
    assert picture[44:76, 110:130].mean() < 55


def test_frames_keep_their_times_however_far_apart_they_are(read: Reads) -> None:
    seen = read(clip("matroska", frames=6, keyframes_every=1, times=(0, 25, 30, 250, 260, 1000)))
    assert seen.times == [0, 1000, 1200, 10_000, 10_400, 40_000]  # those at 1.2 s and 10.4 s are shown long
    assert seen.info.length_ms == 40_000


@pytest.mark.parametrize("first", [7, 1_000_000])
def test_time_counts_from_the_first_frame(read: Reads, first: int) -> None:
    seen = read(clip("matroska", frames=50, times=tuple(range(first, first + 50))))
    assert (seen.times[0], seen.times[-1]) == (0, 1960)


def test_a_clock_that_starts_anew_in_the_middle_goes_on(read: Reads) -> None:
    once = clip("mpegts", "mpeg2video")
    seen = read(once + once)
    assert seen.times == sorted(seen.times)
    assert 3_900 <= seen.info.length_ms <= 4_000
    assert seen.times[-1] == seen.info.length_ms


def test_a_picture_of_another_size_in_the_middle_is_shown_in_its_own(read: Reads) -> None:
    seen = read(clip("mpegts", "mpeg2video") + clip("mpegts", "mpeg2video", size=(96, 64)))
    shapes = [frame.pictures["picture"].shape for frame in seen.frames]
    assert shapes[0] == (120, 160, 3)
    assert shapes[-1] == (64, 96, 3)


def test_frames_larger_than_the_header_says_use_up_the_budget_all_the_same(read_within: Reads) -> None:
    grows = clip("mpegts", "mpeg2video") + clip("mpegts", "mpeg2video", 100, size=(640, 480), keyframes_every=100)
    assert read_within(grows).ended == "complete"
    budget = 160 * 120 * 200  # enough for all of it, if it were what it says
    assert read_within(grows, gap_pixels=budget, scene_pixels=0).ended == "limits"


def test_sound_is_told_of_and_not_listened_to(read: Reads) -> None:
    assert read(clip(audio="aac")).info.has_audio
    assert not read(clip()).info.has_audio


def test_subtitles_and_fonts_beside_the_video_are_left_alone(read: Reads) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        video: Any = out.add_stream("mpeg4", rate=FPS)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        out.add_attachment("font.ttf", "application/x-truetype-font", bytes(100))
        written: Any = out.add_stream("ass")
        written.codec_context.subtitle_header = b"[Script Info]\n"
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(scene(number), format="rgb24")
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        line: Any = av.Packet(b"0,0,Default,,0,0,0,,words")
        line.stream, line.pts, line.dts, line.duration = written, 0, 0, 500
        out.mux(line)
    seen = read(file.getvalue())
    assert (seen.ended, seen.times[-1]) == ("complete", 1160)


def test_sound_alone_is_no_clip(read: Reads) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        sound: Any = out.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44_100
        for packet in (*sound.encode(frame), *sound.encode(None)):
            out.mux(packet)
    with pytest.raises(UndecodableMedia) as refused:
        read(file.getvalue())
    assert refused.value.reason == "not a video"


def test_the_cover_of_a_song_is_no_video(read: Reads) -> None:
    song = clip("mp4", "mjpeg", 1, pixel_format="yuvj420p", audio="aac", is_cover=True)
    assert b"covr" in song
    with pytest.raises(UndecodableMedia) as refused:
        read(song)
    assert refused.value.reason == "not a video"


def test_a_header_that_promises_more_than_there_is_costs_nothing(read: Reads) -> None:
    content = clip()
    at = content.index(b"mdhd") + 4 + 16
    length = int.from_bytes(content[at : at + 4], "big")
    lying = content[:at] + (length * 3000).to_bytes(4, "big") + content[at + 4 :]
    seen = read(lying)
    assert seen.times[-1] == 1960
    assert seen.info.length_ms == 1960


def test_a_file_that_breaks_off_gives_what_there_is(read: Reads) -> None:
    for content in (
        clip("mp4", container_options=(("moov_size", "20000"),), frames=100),
        clip("mp4", container_options=(("movflags", "frag_keyframe+empty_moov"),), frames=100),
        clip("webm", "libvpx", frames=100),
        clip("avi", "mpeg4", frames=100),
        clip("flv", "flv", frames=100),
    ):
        seen = read(content[: len(content) * 2 // 3])
        assert seen.ended == "truncated"
        assert seen.times[0] == 0
        assert len(seen.frames) >= 2


def test_a_file_whose_index_is_cut_off_is_truncated(read: Reads) -> None:
    with pytest.raises(UndecodableMedia) as refused:
        read(clip()[:-200])
    assert refused.value.reason == "truncated"


def test_a_file_without_frames_is_damaged(read: Reads) -> None:
    empty = clip("webm", "libvpx", frames=1)
    at = empty.index(b"\x1fC\xb6u")
    with pytest.raises(UndecodableMedia) as refused:
        read(empty[:at])
    assert refused.value.reason in ("damaged", "truncated")


def test_a_clip_with_too_many_pixels_or_bytes_is_refused(read_within: Reads) -> None:
    with pytest.raises(MediaTooLarge, match="160 x 120"):
        read_within(clip(), pixels=10_000)
    with pytest.raises(MediaTooLarge, match="bytes"):
        read_within(clip(), content_bytes=1000)


def test_what_lies_beyond_the_limits_is_not_looked_at_and_that_is_said(read_within: Reads) -> None:
    long = clip(frames=250)
    seconds = read_within(long, seconds=4)
    assert (seconds.ended, seconds.times[-1] <= 4000) == ("limits", True)
    frames = read_within(long, frames=4)
    assert len(frames.frames) <= 4
    assert frames.times[-1] == 9960
    packets = read_within(long, packets=60)
    assert (packets.ended, packets.times[-1]) == ("limits", 59 * 1000 // FPS)
    decoded = read_within(clip(frames=250, keyframes_every=250), gap_pixels=160 * 120 * 50, gap_seconds=1)
    assert decoded.ended == "limits"


def test_a_clip_too_small_for_a_picture_is_still_a_clip(read: Reads) -> None:
    assert read(clip("mov", "mjpeg", 1, pixel_format="yuvj420p", size=(2, 2))).times == [0]


def test_a_wish_that_has_no_room_is_refused(read: Reads) -> None:
    with pytest.raises(ValueError, match="room"):
        read(clip(), Wanted({"picture": Fit(4096)}, frames=8))
