"""Classifiers of every architecture that can be imported are served with the scores that they have in `transformers`,
and no text's score depends on its neighbours in a batch."""

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from transformers import AutoModelForSequenceClassification

from models import manifest
from models.training.convert import convert
from models.training.hub import ARCHITECTURES, Imported, Wanted, import_model
from models.training.serving_check import influence_of_neighbours, sample_logits, sample_texts, served
from moderation.cli.main import command as moderation
from moderation.errors import ConfigurationError, ModelError
from tests.training.hub_models import save

LABELS = ["ok", "S", "S3", "SH", "V"]
MEANT = {"S3": "sexual", "SH": "self_harm", "S": "sexual"}
SINGLE = "single_label_classification"
MULTI = "multi_label_classification"


@pytest.fixture(scope="module", params=ARCHITECTURES)
def imported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Imported]:
    """The model as on a hub, the model folder, and what was said of it. Half of the architectures are multi-label."""
    index = ARCHITECTURES.index(request.param)
    source = save(tmp_path_factory.mktemp("hub"), request.param, LABELS, [None, MULTI, SINGLE][index % 3])
    out = tmp_path_factory.mktemp("imported") / request.param
    return source, out, import_model(str(source), wanted(request.param), out)


def wanted(name: str = "hub-model", **changes: object) -> Wanted:
    return Wanted(**{"labels": MEANT, "id": name, "licence": "MIT", "origin": "made by the tests"} | changes)  # type: ignore[arg-type]


def test_a_text_scores_exactly_the_same_alone_as_in_any_batch(imported: tuple[Path, Path, Imported]) -> None:
    assert influence_of_neighbours(imported[1], rows=160, seed=1) == 0


def test_scores_are_those_that_transformers_gives(imported: tuple[Path, Path, Imported]) -> None:
    source, folder, said = imported
    classifier = served(folder)
    rows = [text.rows[0] for text in classifier.prepare(sample_texts())]
    got = dict(zip(classifier.categories, classifier.finish(sample_logits(folder)).T, strict=True))
    model = AutoModelForSequenceClassification.from_pretrained(source).eval()
    with torch.inference_mode():
        logits = torch.cat([model(input_ids=torch.tensor([row])).logits for row in rows])
    sexual = torch.softmax(logits, -1)[:, 1:3].sum(-1) if said.exclusive else torch.sigmoid(logits)[:, 1:3].amax(-1)
    harm = torch.softmax(logits, -1)[:, 3] if said.exclusive else torch.sigmoid(logits)[:, 3]
    np.testing.assert_allclose(got[manifest.Category.SEXUAL], sexual, atol=0.1)
    np.testing.assert_allclose(got[manifest.Category.SELF_HARM], harm, atol=0.1)


def test_the_manifest_and_what_was_said_agree(imported: tuple[Path, Path, Imported]) -> None:
    _, folder, said = imported
    spec = manifest.load(folder)
    assert spec.name == said.name
    assert {label: str(category) for label, category in spec.labels.items()} == said.labels
    assert list(said.labels) == (["sexual", "self_harm"] if said.exclusive else ["S", "S3", "SH"])
    assert said.dropped == ("ok", "V")
    assert spec.tokenizer is not None
    assert spec.tokenizer.max_length == said.max_length == 128
    assert sorted(path.name for path in folder.iterdir()) == [
        "CARD.md",
        "manifest.yaml",
        "model.int8.onnx",
        "tokenizer.json",
    ]


def test_fp16_for_gpus_can_be_made_of_it(imported: tuple[Path, Path, Imported], tmp_path: Path) -> None:
    _, folder, said = imported
    assert convert(folder, "fp16", tmp_path).difference < 2 * said.difference + 0.05


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"labels": {"hate": "hate"}}, ConfigurationError, "has no label 'hate'; its labels: ok, S, S3, SH, V"),
        ({"labels": {}}, ConfigurationError, "no label was named; its labels: ok, S"),
        ({"labels": {"S": "sex"}}, ConfigurationError, "no category 'sex'; categories: toxicity, hate"),
        ({"labels": dict.fromkeys(LABELS, "toxicity")}, ConfigurationError, "one must stand for 'nothing wrong'"),
        ({"max_length": 129}, ConfigurationError, "takes at most 128 tokens"),
    ],
)
def test_what_is_wanted_of_a_model_must_be_in_it(
    changes: dict[str, object], kind: type[Exception], message: str, tmp_path: Path
) -> None:
    source = save(tmp_path / "hub", "distilbert", LABELS, SINGLE)
    with pytest.raises(kind, match=message):
        import_model(str(source), wanted(**changes), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("architecture", "problem", "message"),
    [
        ("bert", "regression", "problem_type is regression"),
        ("albert", SINGLE, "is a albert; what can be imported: bert, deberta-v2, distilbert"),
    ],
)
def test_a_model_that_cannot_be_served_is_refused(
    architecture: str, problem: str, message: str, tmp_path: Path
) -> None:
    source = save(tmp_path / "hub", architecture, LABELS, problem)
    with pytest.raises(ModelError, match=message):
        import_model(str(source), wanted(), tmp_path / "out")


def test_a_folder_without_a_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded as a sequence classifier") as caught:
        import_model(str(tmp_path), wanted(), tmp_path / "out")
    assert "\n" not in str(caught.value)


def test_the_verb_takes_a_folder_over_and_says_what_it_made(tmp_path: Path) -> None:
    source = save(tmp_path / "Some.Model_v2", "distilbert", LABELS, SINGLE)
    out = tmp_path / "out"
    labels = ["--labels", "S=sexual,S3=sexual", "--labels", "SH=self_harm"]
    words = ["models", "import", str(source), *labels, "--licence", "MIT", "--language", "en", "--out", str(out)]
    result = CliRunner().invoke(moderation, words, catch_exceptions=False)
    assert "exactly one of its labels is true (softmax)" in result.stdout
    assert "  sexual -> text.sexual\n  self_harm -> text.self_harm\n  left out: ok, V" in result.stdout
    spec = manifest.load(out)
    assert (spec.name, spec.languages, spec.licence) == ("some-model-v2@1", ("en",), "MIT")
    assert str(tmp_path) not in (out / "manifest.yaml").read_text() + (out / "CARD.md").read_text()


@pytest.mark.parametrize(
    ("labels", "message"),
    [("toxic", "'toxic' is not LABEL=CATEGORY"), ("a=hate,a=threat", "'a' stands there twice")],
)
def test_labels_must_be_pairs(labels: str, message: str, tmp_path: Path) -> None:
    words = ["models", "import", "x", "--labels", labels, "--licence", "MIT", "--out", str(tmp_path)]
    with pytest.raises(ConfigurationError, match=message):
        CliRunner().invoke(moderation, words, catch_exceptions=False)
