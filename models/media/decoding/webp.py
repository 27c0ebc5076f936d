"""What a WebP says of itself, read here because libwebp takes memory for it, or refuses it, before it can be asked."""


def missing(content: bytes) -> int:
    """How many bytes the file lacks of the length that it states."""
    return max(int.from_bytes(content[4:8], "little") + 8 - len(content), 0)


def size(content: bytes) -> tuple[int, int]:
    """Width and height, 1 x 1 where its first chunk is unknown; from the WebP container specification."""
    match content[12:16]:
        case b"VP8X":
            return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
        case b"VP8L":
            packed = int.from_bytes(content[21:25], "little")
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF
    return 1, 1
