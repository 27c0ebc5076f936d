"""What one file may cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits per file. Sizes are read from the header and refused before anything is decoded."""

    content_bytes: int = 32 * 2**20
    """Phones write 3 to 12 MB; a 32 MB picture is a scan or a trap."""

    pixels: int = 100_000_000
    """Of one frame. Phones take 12 to 50 million; a 100 million pixel PNG takes 400 MB and about 2 s."""

    side: int = 65_535
    """The longest side, in pixels. JPEG's own limit: what is longer was made to break something."""

    frames: int = 2_000
    """Of an animation; later ones are not looked at, and the result counts as truncated."""

    animation_pixels: int = 200_000_000
    """Of all frames of an animation together: about 2 s. Later frames are not looked at, as above."""

    memory_bytes: int = 1024 * 2**20
    """Address space that decoding may take beyond what the process has when it starts."""

    cpu_seconds: float = 5.0
    """The largest picture that the limits above let in takes 2 to 3 s of one core."""

    seconds: float = 10.0
    """Of the clock: on a busy machine a file may take longer than its own work."""

    picture_bytes: int = 64 * 2**20
    """Room for the pictures that are handed back: 20 of 1024 x 1024."""
