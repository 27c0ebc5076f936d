"""From a user's CSV to a served model, by the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from models import manifest
from models.training import recipe as recipes
from models.training.run import Run
from models.training.stages.train import train
from moderation.cli.main import command as moderation
from moderation.errors import ConfigurationError
from tests.training.conftest import Killed, MakeRecipe, Silent, call

STAGES = ("prepare", "train", "export", "calibrate")


def test_the_model_of_a_run_is_served_and_has_learnt(run: Run, tmp_path: Path) -> None:
    texts = ["the cooks at the market are morons, said bakori", "met bakori and the cooks in the market today"]
    lines = [json.dumps({"post_id": str(number), "text": text}) for number, text in enumerate(texts)]
    (tmp_path / "posts.jsonl").write_text("\n".join(lines))
    records = tmp_path / "records.jsonl"
    call("run", tmp_path / "posts.jsonl", "--model", run.model, "-o", tmp_path / "out.jsonl", "--records", records)
    scored = [json.loads(line) for line in records.read_text().splitlines()]
    scores = [record["signals"]["text.toxicity"] for record in scored]
    assert scores[0] > 0.8
    assert scores[1] < 0.2
    spec = manifest.load(run.model)
    assert (spec.name, list(spec.labels), spec.languages) == ("my-model@1", ["toxicity", "spam"], ("en",))
    assert spec.calibration["toxicity"].method == "platt"
    assert spec.budgets == {"size_mb": 25}
    assert set(spec.thresholds) == {"toxicity", "spam"}
    assert scores[0] >= spec.thresholds["toxicity"] > scores[1]


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_leaves_a_record_of_what_it_was_made_from(run: Run, stage: str) -> None:
    record = run.record(stage)
    assert record["stage"] == stage
    assert all(len(digest) == 64 for part in ("inputs", "outputs") for digest in record[part].values())
    assert record["inputs"]
    assert record["parameters"]
    assert record["metrics"]
    assert record["code"]
    assert record["machine"]["cores"] >= 1
    assert record["seconds"] >= 0


def test_the_records_form_a_chain(run: Run) -> None:
    records = {stage: run.record(stage) for stage in STAGES}
    assert records["prepare"]["inputs"].keys() == {"posts.csv", "more.csv"}
    for earlier, later, name in (
        ("prepare", "train", "prepared/train.parquet"),
        ("train", "export", "trained/model.safetensors"),
        ("prepare", "calibrate", "prepared/natural.parquet"),
    ):
        assert records[later]["inputs"][name] == records[earlier]["outputs"][name]
    assert records["calibrate"]["inputs"]["model.int8.onnx"] in records["export"]["outputs"].values()


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_unchanged_is_not_done_again(run: Run, stage: str) -> None:
    before = (run.folder / f"{stage}.json").read_bytes()
    words = ["models", stage, run.folder]
    if stage == "prepare":
        words = ["models", "prepare", run.folder.parent / "my.yaml", "--run", run.folder]
    assert "nothing has changed" in call(*words).stderr
    assert (run.folder / f"{stage}.json").read_bytes() == before


def test_a_stage_says_which_command_comes_before_it(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()

    def refusal(*words: str | Path) -> str:
        result = CliRunner().invoke(moderation, list(map(str, words)))
        assert isinstance(result.exception, ConfigurationError)
        return str(result.exception)

    for stage in STAGES[1:]:
        assert f"`moderation models prepare RECIPE --run {run}`" in refusal("models", stage, run)
    call("models", "prepare", make_recipe(), "--run", run)
    assert f"`moderation models train {run}`" in refusal("models", "export", run)
    assert f"`moderation models export {run}`" in refusal("models", "calibrate", run)


def test_another_export_takes_the_calibration_of_the_last_one_away(run: Run, tmp_path: Path) -> None:
    before = manifest.load(run.model)
    call("models", "export", run.folder, "--again")
    assert not manifest.load(run.model).calibration
    assert "nothing has changed" not in call("models", "calibrate", run.folder).stderr
    assert manifest.load(run.model) == before


@pytest.fixture
def make_run(make_recipe: MakeRecipe, tmp_path: Path) -> Callable[[str], Run]:
    """Prepares runs of the same texts."""

    def make(name: str) -> Run:
        call("models", "prepare", make_recipe(disguised_share=0), "--run", tmp_path / name)
        return Run(tmp_path / name)

    return make


def weights(run: Run) -> dict[str, Any]:
    return dict(load_file(run.trained / "model.safetensors"))


def test_a_killed_training_goes_on_and_ends_as_if_it_had_not_been_killed(make_run: Callable[[str], Run]) -> None:
    whole, killed = make_run("whole"), make_run("killed")
    plan = whole.recipe().plan.model_copy(update={"epochs": 2.0, "checkpoint_minutes": 1e-9})
    progress = Silent()
    train(whole, plan, None, progress)
    assert progress.calls > 10
    with pytest.raises(Killed):
        train(killed, plan, None, Silent(ends_at=progress.calls * 2 // 3))
    assert not killed.trained.exists()
    resumed = Silent()
    train(killed, plan, None, resumed)
    assert any("going on at" in line for line in resumed.lines)
    assert resumed.calls < progress.calls / 2
    expected = weights(whole)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in weights(killed).items())


def test_a_checkpoint_of_another_plan_is_not_gone_on_with(make_run: Callable[[str], Run]) -> None:
    run = make_run("run")
    plan = run.recipe().plan.model_copy(update={"epochs": 1.0, "checkpoint_minutes": 1e-9})
    with pytest.raises(Killed):
        train(run, plan, None, Silent(ends_at=3))
    progress = Silent()
    train(run, plan.model_copy(update={"learning_rate": 1e-4}), None, progress)
    assert any("starting anew" in line for line in progress.lines)


def test_a_run_can_start_from_the_weights_of_another(make_run: Callable[[str], Run], run: Run) -> None:
    other = make_run("other")
    call("models", "train", other.folder, "--from", run.trained, "--minutes", "0.00001")
    before, after = weights(run), weights(other)
    assert max(float((after[name] - before[name]).abs().max()) for name in before) < 0.02
    assert (
        other.record("train")["inputs"]["backbone/model.safetensors"]
        == run.record("train")["outputs"]["trained/model.safetensors"]
    )


def test_a_backbone_that_could_not_be_served_is_refused_before_training(
    make_run: Callable[[str], Run], make_recipe: MakeRecipe, backbone: Path, tmp_path: Path
) -> None:
    run = make_run("run")
    plan = run.recipe().plan
    with pytest.raises(ConfigurationError, match=r"max_length is 999, but .* reads 64 tokens"):
        train(run, plan.model_copy(update={"max_length": 999}), None, Silent())
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(ConfigurationError, match="a backbone is a folder in Hugging Face's format"):
        train(run, plan, other, Silent())
    for name in ("model.safetensors", "tokenizer.json"):
        (other / name).write_bytes((backbone / name).read_bytes())
    (other / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(ConfigurationError, match="only 'bert' can be exported"):
        train(run, plan, other, Silent())


def test_the_recipe_is_kept_with_the_run(run: Run) -> None:
    assert run.recipe() == recipes.load(run.folder.parent / "my.yaml")
