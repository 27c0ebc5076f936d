"""Image classifiers of a hub are served with the scores that `transformers` gives them behind their own processors."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from transformers import (
    AutoImageProcessor,
    AutoModelForImageClassification,
    PoolFormerImageProcessorPil,
    ViTConfig,
    ViTForImageClassification,
)

from models import manifest
from models.image.classifying import Classifying
from models.image.onnx import OnnxPictureClassifier
from models.image.senses import Senses
from models.media.decoding import Decoder
from models.training.hub import Wanted
from models.training.pictures.hub import ImportedPictures, import_picture_model
from moderation.cli.main import command as moderation
from moderation.errors import ConfigurationError, ModelError
from moderation.samples.pictures import nobody, tomatoes
from moderation.settings import Settings
from tests.training.hub_picture_models import KINDS, save

LABELS = ["drawings", "hentai", "neutral", "porn", "guns"]
MEANT = {"porn": "sexual", "hentai": "sexual", "guns": "weapon"}
SIZES = {
    "vit": manifest.Pixels(width=48, height=48, resampler="bilinear"),
    "deit": manifest.Pixels(width=56, height=56, resampler="bicubic"),
    "resnet": manifest.Pixels(width=48, height=48, crop="centre", shorter=54, resampler="bicubic"),
    "convnext": manifest.Pixels(width=384, height=384, resampler="bicubic"),
    "mobilenet_v2": manifest.Pixels(width=48, height=48, crop="centre", shorter=55, resampler="bicubic"),
    "mobilevit": manifest.Pixels(width=64, height=64, crop="centre", shorter=72, resampler="bicubic"),
    "efficientnet": manifest.Pixels(width=48, height=48, resampler="bicubic"),
    "swin": manifest.Pixels(width=64, height=64, resampler="lanczos"),
}
NEAR = 0.01
"""How far a score may be moved by cutting and resizing in one step, of drawings; other drawings differ by more."""
FAR = {"mobilenet_v2": 0.5}
"""Random and deep, it turns half a pixel of the crop, 55 to 48, which the processor rounds, into this."""
MULTI = "multi_label_classification"


def wanted(**changes: Any) -> Wanted:
    said: dict[str, Any] = {"labels": MEANT, "id": "nsfw", "licence": "MIT", "origin": "made by the tests"}
    return Wanted(**said | {"precision": "fp32"} | changes)


@pytest.fixture(scope="module", params=KINDS)
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, ImportedPictures]:
    """The model as on a hub, the model folder, and what was said of it. Every other one is multi-label."""
    problem = [None, MULTI][list(KINDS).index(request.param) % 2]
    source = save(tmp_path_factory.mktemp("hub") / request.param, request.param, LABELS, problem)
    out = tmp_path_factory.mktemp("imported") / request.param
    return source, out, import_picture_model(str(source), wanted(), out)


def own_scores(source: Path, content: bytes, exclusive: bool) -> dict[str, float]:
    """What `transformers` gives."""
    processor = AutoImageProcessor.from_pretrained(source, backend="pil")
    model = AutoModelForImageClassification.from_pretrained(source).eval()
    given = processor(images=Image.open(io.BytesIO(content)).convert("RGB"), return_tensors="pt")
    with torch.inference_mode():
        logits = model(**given).logits[0]
    every = torch.softmax(logits, 0) if exclusive else torch.sigmoid(logits)
    sexual = every[1] + every[3] if exclusive else max(every[1], every[3])
    return {"sexual": float(sexual), "weapon": float(every[4])}


async def served_scores(folder: Path, contents: list[bytes]) -> list[dict[str, float]]:
    """What the image lane's sense gives files that were decoded as it wants them."""
    senses = Senses([Classifying(OnnxPictureClassifier(folder, Settings(provider="cpu", sessions=1)))])
    with Decoder(processes=1) as decoder:
        decoded = [await decoder.decode(content, senses.wanted(1)) for content in contents]
    sights = await senses.look([each.frames[0].pictures for each in decoded])
    await senses.close()
    return [dict(sight.signals) for sight in sights]


def test_the_lane_scores_files_as_transformers_does(imported: tuple[Path, Path, ImportedPictures]) -> None:
    source, folder, said = imported
    contents = [tomatoes(), nobody()]
    due = [own_scores(source, content, said.exclusive) for content in contents]
    assert max(abs(due[0][category] - due[1][category]) for category in due[0]) > 2 * NEAR
    for got, expected in zip(asyncio.run(served_scores(folder, contents)), due, strict=True):
        assert got == pytest.approx(expected, abs=FAR.get(folder.name, NEAR))


def test_the_manifest_says_how_the_processor_cuts_and_resizes(imported: tuple[Path, Path, ImportedPictures]) -> None:
    _, folder, said = imported
    spec = manifest.load(folder)
    assert spec.pixels == said.pixels == SIZES[folder.name]
    assert (spec.modality, spec.tokenizer, spec.name) == ("image", None, said.name)
    assert list(said.labels) == (["sexual", "weapon"] if said.exclusive else ["hentai", "porn", "guns"])
    assert sorted(path.name for path in folder.iterdir()) == ["CARD.md", "manifest.yaml", "model.fp32.onnx"]


def test_what_was_compared_is_said(imported: tuple[Path, Path, ImportedPictures]) -> None:
    _, folder, said = imported
    assert said.pictures == 5
    assert said.difference == 0
    assert said.off < FAR.get(folder.name, 0.1)
    assert said.compared in (folder / "CARD.md").read_text()


@pytest.mark.parametrize(
    ("kind", "processing", "message"),
    [
        ("vit", {"do_pad": True}, r"ViTImageProcessor pads pictures \(do_pad\)"),
        ("vit", {"do_resize": False}, r"does not resize \(do_resize\)"),
        ("vit", {"resample": 0}, "resizes with 'nearest'; decoding has bicubic, bilinear, lanczos"),
        ("vit", {"size": {"shortest_edge": 48}}, "gives pictures of any shape"),
        ("vit", {"size": {"shortest_edge": 48, "longest_edge": 90}}, "resizes to longest_edge 90, shortest_edge 48; "),
        ("vit", {"size": {"height": 8, "width": 8}}, "gives 8 x 8 pixels; 16 to 2048 each can be served"),
        ("vit", {"size": {"height": 64, "width": 64}}, "cannot be exported to ONNX: .*64.*48"),
        ("vit", {"image_mean": [0.5], "image_std": [0.5]}, "cannot process an RGB picture: mean must have 3 elements"),
        ("deit", {"crop_size": {"height": 60, "width": 48}}, "crops 48 x 60 pixels out of 56 x 56, which pads"),
        ("mobilenet_v2", {"size": {"shortest_edge": 40}}, "crops 48 x 48 pixels out of 40 x 40, which pads"),
    ],
)
def test_a_processor_that_decoding_cannot_follow_is_refused(
    kind: str, processing: dict[str, Any], message: str, tmp_path: Path
) -> None:
    source = save(tmp_path / "hub", kind, LABELS, **processing)
    with pytest.raises(ModelError, match=message) as caught:
        import_picture_model(str(source), wanted(), tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_processor_that_cuts_in_its_own_way_is_found_out(tmp_path: Path) -> None:
    source = save(tmp_path / "hub", "vit", LABELS)
    PoolFormerImageProcessorPil(
        size={"shortest_edge": 48}, crop_size={"height": 48, "width": 48}, crop_pct=0.7
    ).save_pretrained(source)
    with pytest.raises(ModelError, match="PoolFormerImageProcessor cuts or resizes pictures in a way that"):
        import_picture_model(str(source), wanted(), tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": {"nsfw": "sexual"}}, "has no label 'nsfw'; its labels: drawings, hentai, neutral, porn, guns"),
        ({"labels": dict.fromkeys(LABELS, "sexual")}, "one must stand for 'nothing wrong'"),
        ({"precision": "int8"}, "reads pictures: it has no int8"),
        ({"languages": ("en",)}, "no languages"),
    ],
)
def test_what_is_wanted_of_it_must_be_in_it(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    source = save(tmp_path / "hub", "vit", LABELS)
    with pytest.raises(ConfigurationError, match=message):
        import_picture_model(str(source), wanted(**changes), tmp_path / "out")


def test_a_network_of_grey_pictures_is_refused(tmp_path: Path) -> None:
    source = save(tmp_path / "hub", "vit", LABELS)
    config = json.loads((source / "config.json").read_text()) | {"num_channels": 1}
    torch.manual_seed(0)
    ViTForImageClassification(ViTConfig(**config)).save_pretrained(source)
    with pytest.raises(ModelError, match="reads 1 channels"):
        import_picture_model(str(source), wanted(), tmp_path / "out")


def test_fp16_for_gpus_is_near_to_fp32(tmp_path: Path) -> None:
    source = save(tmp_path / "hub", "resnet", LABELS)
    said = import_picture_model(str(source), wanted(precision="fp16"), tmp_path / "out")
    assert 0 < said.difference < 0.1
    assert manifest.load(tmp_path / "out").file == "model.fp16.onnx"


def test_the_verb_takes_a_folder_over_and_compares_it_on_pictures_of_ones_own(tmp_path: Path) -> None:
    source = save(tmp_path / "Some.NSFW_v2", "vit", LABELS)
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.png").write_bytes(tomatoes())
    (own / "notes.txt").write_text("not a picture")
    words = ["models", "import", str(source), "--labels", "porn=sexual,hentai=sexual", "--licence", "MIT"]
    words += ["--pictures", str(own), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(moderation, words, catch_exceptions=False)
    assert "48 x 48 pixels (stretched, bilinear), exactly one of its labels is true (softmax)" in result.stdout
    assert "  sexual -> image.sexual\n  left out: drawings, neutral, guns\nOn 6 pictures no score" in result.stdout
    assert f"MODERATION_IMAGE_MODEL={tmp_path / 'out'}" in result.stderr
    spec = manifest.load(tmp_path / "out")
    assert (spec.name, spec.runtime.precision) == ("some-nsfw-v2@1", "fp32")
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert str(tmp_path).encode() not in written
    assert str(Path.cwd()).encode() not in written
