"""The format of a file, from its first bytes: never from its name or from what a server says of it.

An allow-list: every decoder is a way in for hostile bytes, so a format is accepted only if people can see it.

| format | seen where |
|---|---|
| JPEG, PNG and APNG, GIF, WebP, BMP, ICO, AVIF | every browser shows them |
| TIFF, JPEG 2000 | scanners, archives and Apple's programs; Safari shows or showed them |

Not accepted, though Pillow or OpenCV read some of them: HEIC and JPEG XL (no decoder in what we depend on; platforms
turn HEIC into JPEG when it is uploaded), SVG, PDF and EPS (programs, not pixels: they need a renderer), PSD (layers
that Pillow does not put together), and what nobody can see in a browser (TGA, PCX, DDS, ICNS, Netpbm, QOI, FLI, HDR).
"""

from typing import Literal, get_args

from moderation.errors import UndecodableMedia

Format = Literal["jpeg", "png", "gif", "webp", "bmp", "ico", "tiff", "avif", "jpeg2000"]
FORMATS: tuple[Format, ...] = get_args(Format)

_STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
)

_REFUSED = (
    (b"8BPS", "PSD"),
    (b"%PDF-", "PDF"),
    (b"%!PS", "EPS"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"icns", "ICNS"),
    (b"DDS ", "DDS"),
    (b"qoif", "QOI"),
    (b"\x00\x00\x02\x00", "CUR"),
    (b"P1\n", "PBM"),
    (b"P2\n", "PGM"),
    (b"P3\n", "PPM"),
    (b"P4\n", "PBM"),
    (b"P5\n", "PGM"),
    (b"P6\n", "PPM"),
)

_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # lengths of the header that follows; `BM` alone begins many texts


def format_of(content: bytes) -> Format:
    """The accepted format. Raises `UndecodableMedia`: `empty`, `unsupported format` or `not an image`."""
    if not content:
        raise UndecodableMedia("the file is empty", "empty")
    for start, format_ in _STARTS:
        if content.startswith(start):
            return format_
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[:2] == b"BM" and int.from_bytes(content[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    if content[4:8] == b"ftyp":
        brands = _brands(content)
        if b"avif" in brands or b"avis" in brands:
            return "avif"
        if any(brand in brands for brand in _HEIC):
            raise _unsupported("HEIC")
    for start, name in _REFUSED:
        if content.startswith(start):
            raise _unsupported(name)
    if b"<svg" in content[:1024]:
        raise _unsupported("SVG")
    raise UndecodableMedia(
        f"the file begins like no picture that is accepted ({', '.join(FORMATS)}): {content[:12]!r}", "not an image"
    )


def _brands(content: bytes) -> tuple[bytes, ...]:
    """The major and the compatible brands of an ISO base media file."""
    end = min(int.from_bytes(content[:4], "big"), 256)
    return (content[8:12], *(content[start : start + 4] for start in range(16, end, 4)))


def _unsupported(name: str) -> UndecodableMedia:
    return UndecodableMedia(f"{name} is not accepted; accepted are {', '.join(FORMATS)}", "unsupported format")
