"""Faces are found, to be blurred; nobody is recognised."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from models.image.faces import Faces
from moderation.errors import MissingDependency
from tests.unit.models.image.drawn import face, page, pasted, pixels


@pytest.fixture(scope="module")
def faces() -> Faces:
    return Faces()


@pytest.mark.parametrize("size", [60, 100, 200, 300])
@pytest.mark.parametrize("wall", [60, 150, 230])
def test_a_face_is_found_with_its_eyes_and_mouth(faces: Faces, size: int, wall: int) -> None:
    (box,) = faces.find(pixels(face(size, wall)))
    x, y, width, height = box
    assert x < 140 / 400 < 260 / 400 < x + width
    assert y < 118 / 300 < 240 / 300 < y + height


def test_several_faces_are_each_found_once_the_largest_first(faces: Faces) -> None:
    found = faces.find(pasted((0, 0, face(120)), (500, 20, face(120)), (200, 250, face(200)), of=(800, 600)))
    assert len(found) == 3
    areas = [width * height for _, _, width, height in found]
    assert areas == sorted(areas, reverse=True)
    assert 200 / 800 < found[0][0] < 450 / 800


def test_mirrored_and_tilted_faces_are_found(faces: Faces) -> None:
    assert len(faces.find(pixels(ImageOps.mirror(face())))) == 1
    assert len(faces.find(pixels(face().rotate(8, Image.Resampling.BICUBIC, fillcolor=(90, 90, 90))))) == 1


def test_text_noise_and_walls_have_no_faces(faces: Faces) -> None:
    assert faces.find(pixels(page((40, 40, "nobody is here\nat all"), size=60))) == []
    assert faces.find(np.random.default_rng(5).integers(0, 255, (300, 400, 3), dtype=np.uint8)) == []
    assert faces.find(np.full((300, 400, 3), 180, np.uint8)) == []


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (5, 900), (19, 19), (2500, 1800)])
def test_a_picture_may_be_of_any_size(faces: Faces, shape: tuple[int, int]) -> None:
    assert faces.find(np.full((*shape, 3), 128, np.uint8)) == []


def test_threads_find_what_one_does(faces: Faces) -> None:
    pictures = [pixels(face(size)) for size in (80, 120, 160, 200)] * 2
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(faces.find, pictures)) == [faces.find(picture) for picture in pictures]


def test_opencv_without_its_cascades_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(MissingDependency, match=r"opencv-python-headless<5"):
        Faces()
