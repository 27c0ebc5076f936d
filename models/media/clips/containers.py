"""Which files are clips, from their first bytes, and which decoders may touch them.

Allow-lists: every demuxer and every decoder is a way in for hostile bytes, and FFmpeg has hundreds of both. It is
told the one demuxer to use and never guesses, so that no playlist (HLS, DASH, concat, SDP), image sequence or script
is taken for a clip. GIF, APNG, animated WebP and AVIF are pictures.
"""

from typing import Literal, get_args

from moderation.errors import UndecodableMedia

Container = Literal["mov", "matroska", "avi", "flv", "mpegts", "mpeg", "ogg", "asf"]
"""FFmpeg's names: `mov` is MP4, MOV, M4V and 3GP, `matroska` WebM and MKV, `mpeg` MPEG-PS and VOB, `asf` WMV."""

CONTAINERS: tuple[Container, ...] = get_args(Container)

DECLARES_LENGTH = frozenset({"mov", "matroska", "avi", "flv", "asf"})
"""Where the length is read from a header; FFmpeg guesses that of others from bit rates."""

_BROWSERS_AND_PHONES = {"av1", "libdav1d", "h264", "hevc", "vp8", "vp9", "libvpx", "libvpx-vp9"}
_CAMERAS_AND_EDITORS = {"mpeg1video", "mpeg2video", "mpeg4", "h263", "mjpeg", "prores", "dvvideo", "svq1", "svq3"}
_OLDER_SITES = {"flv", "vp6", "vp6a", "vp6f", "theora"}
_OLDER_WINDOWS = {"msmpeg4", "msmpeg4v1", "msmpeg4v2", "wmv1", "wmv2", "wmv3", "vc1"}
DECODERS = frozenset(_BROWSERS_AND_PHONES | _CAMERAS_AND_EDITORS | _OLDER_SITES | _OLDER_WINDOWS)
"""FFmpeg's names, of the formats that people upload."""

_STARTS: tuple[tuple[bytes, Container], ...] = (
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"FLV\x01", "flv"),
    (b"OggS", "ogg"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel", "asf"),
)
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"styp", b"moof", b"sidx"})
_PICTURE_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_TS_PACKETS = (188, 192, 204)


def container_of(content: bytes) -> Container:
    """The accepted container. Raises `UndecodableMedia`: `empty`, `unsupported format` or `not a video`."""
    if not content:
        raise UndecodableMedia("the file is empty", "empty")
    for start, container in _STARTS:
        if content.startswith(start):
            return container
    if content[:4] == b"RIFF" and content[8:12] == b"AVI ":
        return "avi"
    if content[4:8] in _BOXES:
        if content[4:8] == b"ftyp" and content[8:12] in _PICTURE_BRANDS:
            raise UndecodableMedia("HEIC and AVIF are pictures", "not a video")
        return "mov"
    if _is_transport_stream(content):
        return "mpegts"
    raise UndecodableMedia(
        f"the file begins like no clip that is accepted ({', '.join(CONTAINERS)}): {content[:12]!r}", "not a video"
    )


def is_cut_short(content: memoryview, container: Container) -> bool:
    """Whether a box of an MP4, or the one of an AVI, is longer than the file."""
    if container == "avi":
        return int.from_bytes(content[4:8], "little") + 8 > len(content)
    if container != "mov":
        return False
    at = 0
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(content[at + 8 : at + 16], "big")
        if length == 0:  # up to the end of the file
            return False
        if length < 8:
            return True
        at += length
    return at != len(content)


def _is_transport_stream(content: bytes) -> bool:
    """Packets of 188 bytes that begin with `G`; four bytes precede each on a Blu-ray, and 16 follow in DVB."""
    for length in _TS_PACKETS:
        first = 4 if length == 192 else 0
        starts = content[first : first + 5 * length : length]
        if len(starts) >= 3 and set(starts) == {0x47}:
            return True
    return False
