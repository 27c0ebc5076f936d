"""The model card: what a person must know before trusting the model, with the figures of its manifest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models import manifest
from models.training.dataset import Dataset
from models.training.examples import HEADS

_LICENCES = {
    "jigsaw-natural": "labels CC0-1.0, text CC BY-SA 3.0 (Jigsaw, Wikipedia)",
    "jigsaw": "labels CC0-1.0, text CC BY-SA 3.0 (Jigsaw, Wikipedia)",
    "jigsaw-binary": "labels CC0-1.0, text CC BY-SA 3.0 (Jigsaw, Wikipedia)",
    "jigsaw-workers": "labels CC0-1.0, text CC BY-SA 3.0 (Jigsaw, Wikipedia)",
    "spam": "SMS Spam Collection: free with notice; YouTube spam and smishing: not stated where found",
    "discord": "MIT",
    "edos": "CC0-1.0",
    "misogyny": "MIT",
    "hatemoji": "CC BY 4.0",
    "implicit-hate": "MIT (carrying repository CC BY 4.0)",
    "hatexplain": "MIT",
    "davidson": "MIT",
    "stormfront": "CC BY-SA 3.0 ES",
    "toxic-spans": "CC0-1.0",
    "paradetox": "CC0-1.0",
    "paradetox-unclear": "CC0-1.0",
    "germeval": "CC BY 4.0",
    "told-br": "CC BY-SA 4.0",
    "roman-urdu": "MIT",
    "unread-scripts": "Apache-2.0 (Arabic, Chinese), CC BY-SA 4.0 (Korean)",
}

_HEAD = """# text-minilm

Scores a text for six categories: toxicity, hate, insult, threat, obscenity and spam, each a probability of
its own. A MiniLM encoder (6 layers, 384 wide, 22.7 M parameters) in row-wise int8: the same post gets the same
score, bit by bit, alone and in any batch.

Every figure on this page was written by `python -m models.training evaluate`, over at most 2,000 texts of a set.

## What it is for, and what it is not

- A first reading of short posts and comments in English, for a policy that combines it with other signals and
  sends doubtful cases to people. It is not a judge: do not remove posts on its word alone at a low threshold.
- German, Portuguese and Urdu in Latin letters were in the training in small amounts; for German see the figures.
- Arabic, Chinese, Korean and Japanese it cannot read: the vocabulary lacks their words. It was shown harmless texts
  of the first three to keep it silent, with little success: a short greeting in Chinese may score as toxic.
  **In these languages no score means anything; let policies ask for the language first.**
- There were no training texts for sexual content and self-harm, and it has no output for them.
- It reads one text without its conversation: irony, quotation, reclaimed words and counter-speech are judged
  as if they stood alone. Names of groups raise the score of harmless sentences; look at the false alarms below.
- Names (`@user`) and addresses (`http`) are masked before it reads, so spam is judged by its words, not its links.

## Training

MiniLM-L6-H384-uncased by way of all-MiniLM-L6-v2 (both Apache-2.0), fine-tuned for {minutes} minutes on a
2-core CPU shared with other work: {texts_seen} texts seen of the {texts} below. In version 1 the table of words was
frozen from minute 25 on, and threats got their weight of four from minute 30 on.

Texts are normalised (`models/text/normalise.py`); 8 % carry a disguise (leetspeak, look-alikes, spaced letters,
starred vowels). The loss of a head is masked where a set does not annotate it, with one exception: **weak
negatives** at a quarter of the weight. Every set but the spam sets counts as "not spam", comments labelled not
toxic count as free of the other offences, and so on
(`models/training/readers.py` says where). Without them a head learnt from few sets fires on ordinary talk.
Training texts that stand in an evaluation set were dropped (column "leaked"), as were repeated ones. The new rows
of the smishing set have doubtful labels (plain chat marked as spam), and they are much of the spam figures below.

| set | read | leaked | repeated | used for training | held out | licence |
|---|---|---|---|---|---|---|
"""

_CALIBRATION = """
## Calibration

Platt scaling, fitted on {natural} held-out Wikipedia comments of natural prevalence, for the labels that have
at least 30 positives there: {platt}. The others ({identity}) stay as the network gives them, trained at
a much higher share of positives than ordinary traffic has: read their scores as an order, not as a probability,
and set thresholds on your own traffic.
Expected calibration error of toxicity on {set} (not used for the fit): {before} before, {after} after.
"""


def write(folder: Path, built: Dataset) -> None:
    """Write `CARD.md` from the manifest's metrics and the counts of the data set."""
    spec = manifest.load(folder)
    text = "".join(_lines(spec, built))
    (folder / "CARD.md").write_text(text, encoding="utf-8")


def budgets(folder: Path, metrics: dict[str, Any]) -> dict[str, float]:
    """Size, latency of a lone window and memory of a process with one session: what a later version must keep.

    The latency budget is twice what was measured: a budget is for finding regressions, on any machine.
    """
    return {"size_mb": 25, "p95_ms": round(2 * metrics["speed"]["lone_window_p95_ms"], 1), "memory_mb": 150}


def _lines(spec: manifest.Manifest, built: Dataset) -> Iterator[str]:
    metrics = spec.metrics
    yield _HEAD.format(**metrics["training"])
    for name, count in built.counts.items():
        held_out = count["valid"] + count["natural"]
        figures = (count["read"], count["leaked"], count["repeated"], count["train"], held_out)
        yield f"| {name} | {' | '.join(map(str, figures))} | {_LICENCES[name]} |\n"
    methods = {head: spec.calibration[head].method for head in HEADS}
    yield _CALIBRATION.format(
        natural=len(built.natural),
        platt=", ".join(head for head in HEADS if methods[head] == "platt"),
        identity=", ".join(head for head in HEADS if methods[head] == "identity"),
        **metrics["calibration_error"],
    )
    yield "\n## Area under the ROC curve, sets never trained on\n\n"
    yield from _areas(metrics["auc"])
    yield "\nThe same on held-out texts of the training sources (easier: same sources, same annotators)\n\n"
    yield from _areas({"held out": metrics["auc_same_sources"]})
    yield "\n## False alarms: harmless texts at a threshold or over\n\n"
    yield f"| set | texts | threshold | {' | '.join(HEADS)} | any |\n|{'---|' * (len(HEADS) + 4)}\n"
    for name, rates in metrics["false_positive_rate"].items():
        for threshold in (key for key in rates if key != "texts"):
            shares = " | ".join(f"{rates[threshold][head]:.2%}" for head in (*HEADS, "any"))
            yield f"| {name} | {rates['texts']} | {threshold[3:]} | {shares} |\n"
    yield from _cost(metrics)


def _areas(sets: dict[str, dict[str, dict[str, float]]]) -> Iterator[str]:
    yield "| set | label | AUC | positives | negatives |\n|---|---|---|---|---|\n"
    for name, areas in sets.items():
        for head, area in areas.items():
            yield f"| {name} | {head} | {area['auc']:.4f} | {area['positives']} | {area['negatives']} |\n"


def _cost(metrics: dict[str, Any]) -> Iterator[str]:
    speed = metrics["speed"]
    yield "\n## Cost\n\n"
    if parity := metrics.get("int8_against_fp32"):
        yield (
            f"Against its own fp32 graph, int8 moves the largest of a text's six scores by {parity['p99']} at the "
            f"99th percentile and {parity['max']} at most ({parity['texts']} texts).\n"
        )
    yield (
        f"One thread of a 2-core AMD EPYC virtual machine reads {speed['posts_per_core_second']} posts of "
        f"{speed['mean_tokens']} tokens on average per second of CPU time, tokenising included; a lone window takes "
        f"{speed['lone_window_p50_ms']} ms (median) and {speed['lone_window_p95_ms']} ms (95th percentile).\n"
        "Needs AVX512-VNNI or AVX-VNNI for that speed. Without VNNI the 8-bit products may saturate: "
        "measure again there before use.\n"
    )
