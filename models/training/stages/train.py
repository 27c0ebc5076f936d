"""The stage that trains: from prepared texts to a folder in Hugging Face's format."""

import hashlib
import json
import shutil
from pathlib import Path

from models.training.backbone import Backbone
from models.training.dataset import load
from models.training.fine_tune import fine_tune
from models.training.ngrams import stages as ngrams
from models.training.plan import Plan
from models.training.progress import Progress
from models.training.run import Run, Stage


def train(run: Run, plan: Plan, weights: Path | None, progress: Progress, again: bool = False) -> bool:
    """Write `trained/` and the record of the run; False where that was done before from the same.

    `weights` is a folder to start from in place of the recipe's backbone, an earlier `trained/` for instance. A run
    that was killed goes on from its last checkpoint. Raises `ConfigurationError`.
    """
    recipe = run.recipe()
    if recipe.architecture == "ngrams":
        return ngrams.train(run, progress, again)
    texts_file = run.prepared / "train.parquet"
    run.need("prepare", texts_file)
    backbone = Backbone.of(recipe, run, weights)
    backbone.check(plan.max_length)
    inputs = {"prepared/train.parquet": texts_file} | {f"backbone/{f.name}": f for f in backbone.files}
    parameters = {"heads": recipe.heads, "plan": plan.model_dump(mode="json")}
    stage = Stage(run, "train", inputs, parameters)
    outputs = [run.trained / name for name in ("config.json", "model.safetensors", "tokenizer.json")]
    if not again and stage.done(outputs):
        return False
    stage.begin()
    texts = load(texts_file)
    work = _work(run, stage, progress)
    trained = fine_tune(texts, plan, work, backbone.folder, backbone.tokenizer, progress)
    partial = run.folder / ".trained.partial"
    shutil.rmtree(partial, ignore_errors=True)
    trained.model.save_pretrained(partial)
    shutil.copyfile(backbone.tokenizer, partial / "tokenizer.json")
    shutil.rmtree(run.trained, ignore_errors=True)
    partial.rename(run.trained)
    stage.end(outputs, {"minutes": round(trained.minutes, 1), "texts": len(texts), "texts_seen": trained.seen})
    shutil.rmtree(work)
    return True


def _work(run: Run, stage: Stage, progress: Progress) -> Path:
    """The folder of the checkpoint, empty where what lies there is of other texts or another plan."""
    folder = run.folder / ".training"
    key = hashlib.sha256(json.dumps([stage.inputs, stage.parameters]).encode()).hexdigest()
    if not (folder / "key").exists() or (folder / "key").read_text() != key:
        if folder.exists():
            progress.say("the checkpoint is of other texts or of another plan: starting anew")
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / "key").write_text(key)
    return folder
