"""Codes are found however they lie, and their links are told as a browser would follow them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from models.image.codes import MOST_CODES, codes, domains
from tests.unit.models.image.drawn import code, pasted, pixels

LINK = "https://evil.example/offer?id=7"


def test_a_code_is_read_with_its_place_and_its_link() -> None:
    (found,) = codes(pasted((200, 150, code(LINK))))
    assert (found.kind, found.payload, found.domains) == ("QR Code", LINK, ("evil.example",))
    x, y, width, height = found.box
    assert (x, y) == pytest.approx((232 / 800, 182 / 600), abs=0.02)
    assert (width * 800, height * 600) == pytest.approx((100, 100), abs=4)


@pytest.mark.parametrize("degrees", [17, 45, 90, 180, 270])
def test_a_turned_code_is_read(degrees: int) -> None:
    turned = code(LINK).rotate(degrees, Image.Resampling.BICUBIC, True, fillcolor="white")
    assert [found.payload for found in codes(pasted((200, 150, turned)))] == [LINK]


@pytest.mark.parametrize("change", [ImageOps.invert, ImageOps.mirror, ImageOps.flip])
def test_light_on_dark_and_mirrored_codes_are_read(change: object) -> None:
    changed = change(code(LINK))  # type: ignore[operator]
    assert [found.payload for found in codes(pasted((200, 150, changed)))] == [LINK]


@pytest.mark.parametrize("scale", [2, 3, 9])
def test_small_and_large_codes_are_read(scale: int) -> None:
    assert [found.payload for found in codes(pasted((60, 50, code(LINK, scale=scale))))] == [LINK]


@pytest.mark.parametrize("kind", ["QRCode", "MicroQRCode", "DataMatrix", "Aztec", "PDF417", "RMQRCode"])
def test_other_codes_in_two_dimensions_are_read(kind: str) -> None:
    (found,) = codes(pasted((60, 50, code("EVIL.EX/A", kind, 3))))
    assert (found.payload, found.domains) == ("EVIL.EX/A", ("evil.ex",))


def test_several_codes_are_told_from_top_to_bottom() -> None:
    found = codes(pasted((500, 20, code("https://a.example")), (50, 300, code("two")), (400, 400, code("WIFI:S:x;;"))))
    assert [(each.payload, each.domains) for each in found] == [
        ("https://a.example", ("a.example",)), ("two", ()), ("WIFI:S:x;;", ()),
    ]  # fmt: skip


def test_a_wall_of_codes_is_cut_short() -> None:
    tile = code("x", "QRCode", 2)
    across, down = 1024 // tile.width, 1024 // tile.height
    assert across * down > MOST_CODES
    wall = pasted(
        *((i * tile.width, j * tile.height, tile) for i in range(across) for j in range(down)), of=(1024, 1024)
    )
    assert 0 < len(codes(wall)) <= MOST_CODES


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (1, 1), (3, 900), (1500, 1100)])
def test_a_picture_without_codes_may_be_of_any_size(shape: tuple[int, int]) -> None:
    assert codes(np.full((*shape, 3), 128, np.uint8)) == []


def test_noise_is_no_code() -> None:
    assert codes(np.random.default_rng(1).integers(0, 255, (512, 512, 3), dtype=np.uint8)) == []
    assert codes(pixels(Image.effect_mandelbrot((300, 300), (-2, -1.5, 1, 1.5), 30))) == []


@pytest.mark.parametrize(
    ("payload", "hosts"),
    [
        ("HTTPS://WWW.Evil.Example:8443/A", ("evil.example",)),
        ("https://bank.example@evil.example/", ("evil.example",)),
        ("https://evil.example\\@bank.example/", ("evil.example",)),
        ("https://xn--80ak6aa92e.com", ("xn--80ak6aa92e.com",)),
        ("https://аррӏе.com/", ("xn--80ak6aa92e.com",)),
        ("https://ｅｖｉｌ．example。", ("evil.example",)),
        ("https://%65vil.example/", ("evil.example",)),
        ("http://2130706433/", ("127.0.0.1",)),
        ("http://0x7f.1/", ("127.0.0.1",)),
        ("http://[2001:0db8::0001]/x", ("2001:db8::1",)),
        ("www.evil.example", ("evil.example",)),
        ("evil.example/offer", ("evil.example",)),
        ("MEBKM:TITLE:x;URL:https://evil.example/a;;", ("evil.example",)),
        ("see https://a.example and https://b.example, or https://a.example", ("a.example", "b.example")),
        ("BEGIN:VCARD\nURL:https://evil.example\nEMAIL:me@mail.example\nEND:VCARD", ("evil.example",)),
        ("mailto:me@mail.example", ()),
        ("me@mail.example", ()),
        ("hello there", ()),
        ("https://", ()),
        ("https://[::1", ()),
        ("(see https://evil.example)", ("evil.example",)),
        ("http://localhost/", ()),
        ("", ()),
    ],
)
def test_the_domains_of_links_are_those_a_browser_would_go_to(payload: str, hosts: tuple[str, ...]) -> None:
    assert domains(payload) == hosts


@given(st.text(max_size=60) | st.text("https:/.@[]%\\www0x7e-_ \t", max_size=60))
def test_any_payload_has_an_answer(payload: str) -> None:
    for host in domains(f"https://{payload}"):
        assert host.isascii()
        assert not set(host) & set("/@ \\?#")
