"""`python -m models.training train | evaluate`: from labelled sets to a model folder, and what it is worth."""

import argparse
from pathlib import Path

import yaml

from models import manifest
from models.training import card
from models.training.calibrate import calibrate
from models.training.dataset import Dataset, build
from models.training.evaluate import evaluate
from models.training.examples import HEADS
from models.training.export import Identity, export, fp32_of
from models.training.fine_tune import Plan, fine_tune, pretrained
from models.training.folder import write_manifest
from models.training.scoring import logits_of

_TEXT_MINILM = Identity(
    id="text-minilm",
    version="1",
    labels={head: head for head in HEADS},
    languages=("en",),
    licence="Apache-2.0 (weights); see CARD.md for the licences of the training texts",
    origin="MiniLM-L6-H384-uncased (Apache-2.0), by way of all-MiniLM-L6-v2 (Apache-2.0), fine-tuned with "
    "`python -m models.training train` on the sets listed in CARD.md",
)


def main() -> None:
    arguments = _parser().parse_args()
    built = build(arguments.data, arguments.seed)
    if arguments.verb == "train":
        _train(arguments, built)
    else:
        _evaluate(arguments, built)


def _train(arguments: argparse.Namespace, built: Dataset) -> None:
    for source, count in built.counts.items():
        _say(f"{source}: {dict(count)}")
    trained = fine_tune(built.train, Plan(minutes=arguments.minutes, seed=arguments.seed), arguments.out, say=_say)
    folder = export(trained.model, pretrained() / "tokenizer.json", arguments.out, _TEXT_MINILM)
    logits = logits_of(folder, manifest.load(folder), built.natural.texts)
    training = {"minutes": round(trained.minutes), "texts": len(built.train), "texts_seen": trained.seen}
    write_manifest(folder, calibration=calibrate(logits, built.natural), metrics={"training": training})
    _say(f"the model is in {folder}; next: python -m models.training evaluate --model {folder} --data ...")


def _evaluate(arguments: argparse.Namespace, built: Dataset) -> None:
    folder = arguments.model
    before = manifest.load(folder).metrics
    metrics = {"training": before["training"], **evaluate(folder, arguments.data, built, fp32_of(folder))}
    write_manifest(folder, metrics=metrics, budgets=card.budgets(folder, metrics))
    card.write(folder, built)
    _say(yaml.safe_dump(metrics, sort_keys=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train", help="fine-tune, quantise, calibrate and export; goes on where it was killed")
    train.add_argument("--out", type=Path, required=True, help="folder of checkpoint and model")
    train.add_argument("--minutes", type=float, default=50, help="time of training proper (default 50)")
    measure = verbs.add_parser("evaluate", help="measure on the sets never trained on; writes manifest and card")
    measure.add_argument("--model", type=Path, required=True, help="the model folder")
    for verb in (train, measure):
        verb.add_argument("--data", type=Path, required=True, help="folder with the labelled sets, a folder each")
        verb.add_argument("--seed", type=int, default=0)
    return parser


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
