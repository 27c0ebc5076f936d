"""The sizes that come back, and that they are made as they say."""

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from models.media.decoding import Exact, Fit, Wanted
from models.media.decoding.decoded import Pixels
from models.media.decoding.rendering import rendered
from tests.unit.models.media.decoding.conftest import Decode
from tests.unit.models.media.decoding.pictures import saved, scene
from tests.unit.models.media.decoding.wants import difference


@given(width=st.integers(1, 400), height=st.integers(1, 400), longest=st.integers(1, 200), jpeg=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_fitted_picture_keeps_its_shape_and_is_never_enlarged(
    decode: Decode, width: int, height: int, longest: int, jpeg: bool
) -> None:
    content = saved("JPEG" if jpeg else "PNG", scene(width, height))
    decoded = decode(content, Wanted({"picture": Fit(longest)}))
    tall, wide = decoded.frames[0].pictures["picture"].shape[:2]
    assert (decoded.width, decoded.height) == (width, height)
    assert min(0.9 * longest, max(width, height)) - 1 <= max(wide, tall) <= min(longest, max(width, height))
    assert abs(wide / max(wide, tall) - width / max(width, height)) <= 1.5 / max(wide, tall)


@pytest.mark.parametrize(("resampler", "pillows"), [
    ("bilinear", Image.Resampling.BILINEAR),
    ("bicubic", Image.Resampling.BICUBIC),
    ("lanczos", Image.Resampling.LANCZOS),
])  # fmt: skip
def test_named_resamplers_are_those_of_the_usual_image_processors(
    decode: Decode, resampler: str, pillows: Image.Resampling
) -> None:
    source = scene(300, 200)
    wanted = Wanted({"whole": Fit(300), "model": Exact(224, 224, "centre", resampler, shorter=256)})  # type: ignore[arg-type]
    model = decode(saved("PNG", source), wanted).frames[0].pictures["model"]
    resized = Image.fromarray(source).resize((384, 256), pillows).crop((80, 16, 304, 240))
    assert difference(model, np.asarray(resized)) < 0.6


def by_processor(source: Pixels, shorter: int, size: tuple[int, int]) -> Pixels:
    """`shortest_edge` and `crop_size` of Hugging Face's processors, as `get_resize_output_image_size` and
    `center_crop` of its `image_transforms` compute them; torchvision's `resize` rounds alike."""
    tall, wide = source.shape[:2]
    longer = int(shorter * max(wide, tall) / min(wide, tall))
    scaled = (shorter, longer) if wide <= tall else (longer, shorter)
    left, top = (scaled[0] - size[0]) // 2, (scaled[1] - size[1]) // 2
    resized = Image.fromarray(source).resize(scaled, Image.Resampling.BILINEAR)
    return np.asarray(resized.crop((left, top, left + size[0], top + size[1])))


@given(
    wide=st.integers(20, 400),
    tall=st.integers(20, 400),
    shorter=st.integers(32, 80),
    size=st.tuples(st.integers(16, 32), st.integers(16, 32)),
)
@example(wide=28, tall=28, shorter=42, size=(25, 31))
@settings(max_examples=100, deadline=None)
def test_the_middle_is_cut_to_the_pixel_as_image_processors_cut_it(
    wide: int, tall: int, shorter: int, size: tuple[int, int]
) -> None:
    across, down = np.meshgrid(np.linspace(0, 255, wide), np.linspace(0, 255, tall))
    source = np.stack([across, down, (across + down) / 2], axis=2).round().astype(np.uint8)
    wanted = Exact(*size, "centre", "bilinear", shorter)
    due = by_processor(source, shorter, size)
    # Both round after each of two passes, in another order; a pixel further off would be 3 at least.
    assert abs(rendered(source, Wanted({"it": wanted}))["it"].astype(int) - due).max() <= 2
    left, top, right, bottom = wanted.box(wide, tall)
    assert -1e-6 <= left < right <= wide + 1e-6
    assert -1e-6 <= top < bottom <= tall + 1e-6


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (1000, 100), (224, 224), (60, 40)])
def test_area_is_close_to_an_antialiased_resize(decode: Decode, size: tuple[int, int]) -> None:
    source = scene(*size)
    model = decode(saved("PNG", source), Wanted({"model": Exact(64, 48)})).frames[0].pictures["model"]
    reference = Image.fromarray(source).resize((64, 48), Image.Resampling.BOX if size[0] > 64 else 2)
    assert difference(model, np.asarray(reference)) < 3


def test_the_middle_is_taken_and_the_sides_are_not(decode: Decode) -> None:
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = 255
    for resampler in ("area", "bicubic"):
        wanted = Wanted({"model": Exact(50, 50, "centre", resampler)})  # type: ignore[arg-type]
        model = decode(saved("PNG", pixels), wanted).frames[0].pictures["model"]
        assert model[:, 2:-2].min() > 250


def test_the_order_and_company_of_renditions_leaves_each_itself(decode: Decode) -> None:
    content = saved("PNG", scene(300, 200))
    both = {"picture": Fit(200), "model": Exact(32, 32)}
    one = decode(content, Wanted(both)).frames[0].pictures
    other = decode(content, Wanted(dict(reversed(both.items())))).frames[0].pictures
    assert all((one[name] == other[name]).all() for name in both)


def test_a_box_that_cannot_be_taken_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="at least as large"):
        Exact(224, 224, "centre", shorter=200)
    with pytest.raises(ValueError, match="goes with crop"):
        Exact(224, 224, "stretch", shorter=256)
