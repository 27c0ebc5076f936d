"""Training and export of a model over n-grams, as stages of a run."""

import shutil

import polars

from models.training.dataset import load as texts_of
from models.training.folder import TOKENIZER_FILE, model_file, write_manifest
from models.training.ngrams import folder
from models.training.ngrams.alphabet import alphabet
from models.training.ngrams.fit import fit
from models.training.progress import Progress
from models.training.run import Run, Stage

LEAST_POSITIVES = 30
"""A label with fewer positives in a language does not count as taught there."""


def train(run: Run, progress: Progress, again: bool = False) -> bool:
    """Write `trained/` and the record of the run; False where that was done before from the same.

    Raises `ConfigurationError`.
    """
    recipe = run.recipe()
    file = run.prepared / "train.parquet"
    run.need("prepare", file)
    parameters = {"heads": recipe.heads, "plan": recipe.ngrams.model_dump(mode="json")}
    stage = Stage(run, "train", {"prepared/train.parquet": file}, parameters)
    outputs = [run.trained / name for name in folder.FILES]
    if not again and stage.done(outputs):
        return False
    stage.begin()
    texts = texts_of(file)
    tokenizer = alphabet(texts.texts)
    table = fit(texts, tokenizer, recipe.ngrams, progress.at)
    shutil.rmtree(run.trained, ignore_errors=True)
    folder.save(table, tokenizer, run.trained)
    owned = int((table.squares > 0).sum())
    stage.end(outputs, {"texts": len(texts), "ngrams": owned, "taught": _taught(run, recipe.heads)})
    return True


def export(run: Run, progress: Progress, again: bool = False) -> bool:
    """Write `exported/` and the model folder, in int8; False where that was done before from the same.

    Raises `ConfigurationError` where nothing has been trained.
    """
    recipe = run.recipe()
    trained = [run.trained / name for name in folder.FILES]
    run.need("train", *trained)
    said = recipe.model_dump(mode="json", include={"id", "version", "languages", "licence", "budgets", "bounds"})
    said |= {"labels": {head: head for head in recipe.heads}, "origin": " ".join(recipe.origin.split())}
    said |= {"taught": run.record("train")["metrics"]["taught"]}
    stage = Stage(run, "export", {f"trained/{path.name}": path for path in trained}, said)
    exported = [run.exported / f"{precision}.onnx" for precision in folder.PRECISIONS]
    if not again and stage.done([*exported, run.model / "manifest.yaml"]):
        return False
    stage.begin()
    progress.at(0, "exporting to ONNX")
    shutil.rmtree(run.exported, ignore_errors=True)
    files = folder.export(folder.load(run.trained), run.exported)
    shutil.rmtree(run.model, ignore_errors=True)
    run.model.mkdir()
    shutil.copyfile(files["int8"], run.model / model_file("int8"))
    shutil.copyfile(run.trained / TOKENIZER_FILE, run.model / TOKENIZER_FILE)
    write_manifest(
        run.model,
        **said,
        task="multi-label-classification",
        modality="text",
        file=model_file("int8"),
        tokenizer={
            "file": TOKENIZER_FILE,
            "max_length": recipe.ngrams.max_length,
            "stride": recipe.ngrams.max_length // 8,
            "pad_to_multiple_of": folder.PAD_TO_MULTIPLE_OF,
        },
        runtime={"providers": ["cpu"], "precision": "int8-ngrams", "batch_tokens": folder.BATCH_TOKENS},
    )
    kept = sorted(path for path in run.model.iterdir() if path.suffix in (".onnx", ".json"))
    stage.end([*exported, *kept], {"megabytes": {p.stem: round(p.stat().st_size / 1e6, 1) for p in exported}})
    return True


def _taught(run: Run, heads: tuple[str, ...]) -> dict[str, list[str]]:
    """Language -> the heads of which its texts hold enough annotated positives, for languages that lack some."""
    table = polars.read_parquet(run.prepared / "train.parquet")
    positives = table.group_by("language").agg(
        *(
            ((polars.col(f"target_{head}") >= 0.5) & (polars.col(f"weight_{head}") > 0)).sum().alias(head)
            for head in heads
        )
    )
    taught = {
        row["language"]: [head for head in heads if row[head] >= LEAST_POSITIVES]
        for row in positives.sort("language").iter_rows(named=True)
    }
    return {language: found for language, found in taught.items() if len(found) < len(heads)}
