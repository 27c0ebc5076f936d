"""From a recipe and archives of pictures to a model folder that is served."""

import io
import tarfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from PIL import Image, ImageDraw

from models import manifest
from models.image.onnx import OnnxPictureClassifier
from models.training.pictures import recipe as recipes
from models.training.pictures.augment import Augmentation
from models.training.pictures.reading import folds, pictures
from moderation import settings
from moderation.cli.models.pictures import command
from moderation.errors import ConfigurationError

PLACES = {2: (64, 16, 64), 3: (128, 16, 64), 4: (128, 32, 128), 5: (256, 32, 128),
          6: (256, 48, 192), 7: (384, 48, 192), 8: (384, 64, 256), 9: (512, 64, 256)}  # fmt: skip


def drawn(kind: str, chance: np.random.Generator) -> bytes:
    """A disc or a cross, somewhere on noise."""
    noise = chance.integers(90, 160, (96, 96, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    draw = ImageDraw.Draw(picture)
    x, y, size = (int(n) for n in chance.integers(20, 60, 3))
    if kind == "disc":
        draw.ellipse([x, y, x + size, y + size], fill=(230, 30, 30))
    elif kind == "cross":
        draw.line([x, y, x + size, y + size], fill=(20, 20, 220), width=9)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archives as a recipe names them, and a backbone of random weights in Keras' layout."""
    folder = tmp_path_factory.mktemp("data")
    chance = np.random.default_rng(0)
    with tarfile.open(folder / "things.tar", "w") as archive:
        for kind, count in (("disc", 30), ("cross", 30), ("nothing", 30)):
            for number in range(count):
                add(archive, f"things/{kind}/{number}.png", drawn(kind, chance))
        add(archive, "things/disc/broken.png", b"no picture")
    with tarfile.open(folder / "others.tar", "w") as archive:
        for number in range(5):
            add(archive, f"others/{number}.png", drawn("nothing", chance))
    with h5py.File(folder / "backbone.h5", "w") as file:
        put(file.create_group("conv1"), (3, 3, 3, 64), chance)
        for number, (channels, squeezed, expanded) in PLACES.items():
            fire = file.create_group(f"fire{number}")
            put(fire.create_group("squeeze1x1"), (1, 1, channels, squeezed), chance)
            put(fire.create_group("expand1x1"), (1, 1, squeezed, expanded), chance)
            put(fire.create_group("expand3x3"), (3, 3, squeezed, expanded), chance)
    return folder


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def put(group: h5py.Group, shape: tuple[int, ...], chance: np.random.Generator) -> None:
    group["kernel"] = chance.normal(0, (2 / np.prod(shape[:3])) ** 0.5, shape).astype(np.float32)
    group["bias"] = np.zeros(shape[3], np.float32)


@pytest.fixture(scope="module")
def recipe(data: Path) -> Path:
    path = data / "shapes.yaml"
    content = {
        "id": "shapes", "version": 1, "licence": "test", "origin": "Made by a test", "backbone": "backbone.h5",
        "size": 64, "labels": {"weapon": ["disc"]}, "train": [{"file": "things.tar", "licence": "ours"}],
        "background": "nothing", "harmless": [{"file": "others.tar", "licence": "ours", "label": "other"}],
        "folds": 2, "plan": {"passes": 2, "batch": 8},
    }  # fmt: skip
    path.write_text(yaml.safe_dump(content | {"version": "1"}))
    return path


@pytest.fixture(scope="module")
def run(data: Path, recipe: Path) -> Path:
    folder = data / "run"
    done = CliRunner().invoke(command, [str(recipe), "--data", str(data), "--run", str(folder)])
    assert done.exit_code == 0, (done.output, done.exception)
    return folder


def test_a_run_ends_in_a_folder_that_is_served_with_its_card(run: Path) -> None:
    folder = run / "shapes"
    spec = manifest.load(folder)
    assert (spec.modality, spec.pixels and (spec.pixels.width, spec.pixels.height)) == ("image", (64, 64))
    served = OnnxPictureClassifier(folder, settings.load(provider="cpu", sessions=1))
    scores = served.finish(served.run([np.zeros((64, 64, 3), np.uint8)] * 3, 0))
    assert scores.shape == (3, 1)
    assert ((scores >= 0) & (scores <= 1)).all()
    card = (folder / "CARD.md").read_text()
    assert "| disc | 30 | weapon |" in card
    assert "of 30 such pictures and 60 others" in card


def test_a_run_goes_on_with_the_folds_that_are_left(run: Path, data: Path, recipe: Path) -> None:
    first = (run / "fold-0.npz").stat().st_mtime_ns
    (run / "fold-1.npz").unlink()
    done = CliRunner().invoke(command, [str(recipe), "--data", str(data), "--run", str(run)])
    assert done.exit_code == 0, done.output
    assert (run / "fold-0.npz").stat().st_mtime_ns == first
    assert (run / "fold-1.npz").exists()


def test_pictures_that_look_alike_share_a_fold(data: Path, recipe: Path) -> None:
    found = list(pictures(recipes.load(recipe).train, data, 64))
    assert len(found) == 90  # what cannot be decoded is left out
    twice = [*found, *found[:10]]
    of = folds(twice, 3, seed=1)
    assert (of[90:] == of[:10]).all()
    assert {int(fold) for fold in of} == {0, 1, 2}


def test_an_augmented_picture_has_the_size_that_the_model_reads_whatever_it_was(data: Path, recipe: Path) -> None:
    augmentation = Augmentation(64, [np.zeros((50, 70, 3), np.uint8)], 0.5, seed=0)
    for size in ((10, 300), (300, 10), (64, 64)):
        assert augmentation(np.full((*size, 3), 240, np.uint8)).shape == (64, 64, 3)


def test_a_recipe_whose_category_has_too_few_pictures_is_refused(data: Path, recipe: Path) -> None:
    content = yaml.safe_load(recipe.read_text()) | {"labels": {"weapon": ["sword"]}}
    path = data / "swords.yaml"
    path.write_text(yaml.safe_dump(content))
    done = CliRunner().invoke(command, [str(path), "--data", str(data), "--run", str(data / "swords")])
    assert isinstance(done.exception, ConfigurationError)
    assert str(done.exception) == "weapon: 0 pictures are labelled sword; at least 20 are needed"
