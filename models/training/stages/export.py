"""The stage that exports: from a trained folder to ONNX files and a model folder."""

from models.training.export import Identity, export
from models.training.fine_tune import model_from
from models.training.folder import write_manifest
from models.training.ngrams import stages as ngrams
from models.training.precision import PRECISIONS, Precision
from models.training.progress import Progress
from models.training.run import Run, Stage


def export_run(run: Run, precision: Precision, progress: Progress, again: bool = False) -> bool:
    """Write `exported/` and the model folder; False where that was done before from the same.

    The model in the folder is not calibrated: whatever was measured of an earlier one is gone from its manifest.
    Raises `ConfigurationError` where nothing has been trained.
    """
    recipe = run.recipe()
    if recipe.architecture == "ngrams":
        return ngrams.export(run, progress, again)
    trained = [run.trained / name for name in ("config.json", "model.safetensors", "tokenizer.json")]
    run.need("train", *trained)
    plan = run.record("train")["parameters"]["plan"]
    identity = Identity(
        id=recipe.id,
        version=recipe.version,
        labels={head: head for head in recipe.heads},
        languages=recipe.languages,
        licence=recipe.licence,
        origin=" ".join(recipe.origin.split()),
    )
    inputs = {f"trained/{path.name}": path for path in trained}
    limits = recipe.model_dump(mode="json", include={"budgets", "bounds"})
    about = (
        recipe.model_dump(mode="json", include={"id", "version", "languages", "licence", "origin", "heads"}) | limits
    )
    stage = Stage(run, "export", inputs, about | {"max_length": plan["max_length"], "precision": precision})
    exported = [run.exported / f"{each}.onnx" for each in PRECISIONS]
    manifest = run.model / "manifest.yaml"
    if not again and stage.done([*exported, manifest]):
        return False
    stage.begin()
    manifest.unlink(missing_ok=True)
    progress.at(0, "exporting to ONNX")
    model = model_from(run.trained, recipe.heads).eval()
    folder = export(model, run.trained / "tokenizer.json", run.folder, identity, plan["max_length"], precision)
    write_manifest(folder, **limits)
    files = sorted(path for path in folder.iterdir() if path.suffix in (".onnx", ".json"))
    sizes = {path.stem: round(path.stat().st_size / 1e6, 1) for path in exported}
    stage.end([*exported, *files], {"megabytes": sizes})
    return True
