"""What one clip may cost, and how closely it is looked at."""

from dataclasses import dataclass

from models.media.decoding.limits import Limits


@dataclass(frozen=True)
class ClipLimits:
    """Limits per clip, and per slice of the work on it.

    What a header says bounds nothing here: seconds, frames and pixels are those that are met.
    """

    content_bytes: int = 128 * 2**20
    """Ten minutes of 720p at 1.7 Mbit/s. The bytes lie in memory as long as the clip is worked on."""

    pixels: int = 36_000_000
    """Of one frame: 8K is 33 million."""

    side: int = 16_384
    """The longest side of a frame, in pixels."""

    seconds: int = 900
    """What comes later is not looked at. Counted from the first frame."""

    packets: int = 200_000
    """Encoded frames that are listed: an hour at 55 a second. Against files of nothing but tiny packets."""

    frames: int = 240
    """Given of one clip: each costs a run of the model. In a long clip they lie further apart."""

    gap_seconds: float = 4.0
    """No longer than this without a frame: where keyframes are rarer, what lies between is decoded, up to
    `gap_pixels`. In a clip of more than 3/8 of `frames` times this, further apart."""

    least_seconds: float = 0.5
    """Keyframes that follow closer are looked at only for scene changes."""

    difference: float = 20.0
    """Between a frame and the one decoded before it, of 255, in the mean of a thumbnail's brightness: a cut."""

    keyframe_pixels: int = 4_000_000_000
    """Decoded of keyframes: 4,300 of 720p, 10 s of a core. Of more, as of a long clip in 8K, not all are decoded."""

    gap_pixels: int = 8_000_000_000
    """Decoded between keyframes for the gap rule and for the last frame: 8,700 frames of 720p, 20 s of a core."""

    scene_pixels: int = 2_000_000_000
    """Decoded between keyframes where the size of a packet suggests a cut: 2,200 frames of 720p, 5 s of a core."""

    slice_pixels: int = 200_000_000
    """Decoded in one slice, after which other clips have their turn: half a second of a core."""

    memory_bytes: int = 1024 * 2**20
    """Address space that a clip may take beyond its bytes. 4K takes up to 450 MB, 8K more than this."""

    cpu_seconds: float = 10.0
    """Of one slice; opening is one, too, and so is every eight frames of 8K."""

    slice_seconds: float = 20.0
    """Of one slice by the clock."""

    picture_bytes: int = 64 * 2**20
    """Room for the pictures of one slice."""

    def __post_init__(self) -> None:
        if self.frames < 2:
            raise ValueError("a clip has a first frame and a last one")

    @property
    def of_a_slice(self) -> Limits:
        """As a decoding process keeps them."""
        return Limits(
            content_bytes=self.content_bytes,
            pixels=self.pixels,
            side=self.side,
            memory_bytes=self.memory_bytes,
            cpu_seconds=self.cpu_seconds,
            seconds=self.slice_seconds,
            picture_bytes=self.picture_bytes,
        )
