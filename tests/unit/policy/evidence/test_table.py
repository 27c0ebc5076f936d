"""Files of judged posts: every format and every way of writing a judgement, and what is refused."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.policy.evidence.columns import Columns
from moderation.policy.evidence.examples import Examples
from moderation.policy.evidence.refused import Refused
from moderation.policy.evidence.table import examples

GOLDEN = Path(__file__).parents[1] / "golden" / "evidence" / "files.txt"
HATE = Columns("text.hate")
SCORES = [0.9, 0.1, 0.5]


def _written(rows: pl.DataFrame, suffix: str) -> bytes:
    file = io.BytesIO()
    {"parquet": rows.write_parquet, "jsonl": rows.write_ndjson, "csv": rows.write_csv}[suffix](file)
    return file.getvalue()


def _read(columns: dict[str, Any], said: Columns = HATE, suffix: str = "parquet") -> Examples:
    return examples(_written(pl.DataFrame(columns, strict=False), suffix), f"posts.{suffix}", said)


def _pairs(found: Examples) -> list[tuple[float, bool]]:
    return list(zip(found.scores.tolist(), found.right.tolist(), strict=True))


@pytest.mark.parametrize("suffix", ["parquet", "jsonl", "csv"])
@pytest.mark.parametrize("labels", [[True, False, True], [1, 0, 1], ["yes", "no", "yes"], ["hate", "none", "hate"]])
def test_scores_and_judgements_are_read_from_every_format(suffix: str, labels: list[Any]) -> None:
    found = _read({"score": SCORES, "label": labels}, suffix=suffix)
    assert _pairs(found) == [(0.9, True), (0.1, False), (0.5, True)]
    assert (found.weighted, found.models, found.unused) == (False, (), 0)


def test_the_row_of_a_history_is_an_example_where_a_reviewer_answered() -> None:
    found = _read(
        {
            "post_id": ["a", "b", "c", "c", "c", "d", "e", "f"],
            "post.revision": [0, 0, 0, 0, 1, 0, 0, 0],
            "text.hate": [0.9, 0.1, 0.2, 0.5, 0.7, 0.8, 0.81, 0.82],
            "label.action": ["remove", "allow", None, "label", None, "remove", "review", "allow"],
            "label.reasons": [["insult", "hate"], [], None, ["spam"], None, [], ["hate"], ["hate"]],
            "sampling_probability": [1.0, 0.25, None, 0.5, None, 1.0, 1.0, 1.0],
        }
    )
    assert _pairs(found) == [(0.9, True), (0.1, False), (0.5, False), (0.82, False)]
    assert found.weights.tolist() == [1.0, 4.0, 2.0, 1.0]
    assert (found.weighted, found.unused) == (True, 3)


@pytest.mark.parametrize("given", ["weight", "sampling_probability"])
def test_a_judged_post_that_was_not_drawn_stands_for_nothing_where_others_were(given: str) -> None:
    rows = {"score": SCORES, "label": [1, 0, 1]}
    drawn = _read({**rows, given: [1.0, None, 0.5]})
    assert (_pairs(drawn), drawn.unused) == ([(0.9, True), (0.5, True)], 1)
    assert (_read({**rows, given: [None, None, None]}).weighted, drawn.weighted) == (False, True)


def test_columns_are_those_that_the_author_names() -> None:
    said = Columns("text.hate", score="p", label="verdict", category="racism", weight="w", model="m@1")
    found = _read({"p": SCORES, "verdict": ["racism", "hate", None], "w": [2, 3, 1], "text.hate": [0, 0, 0]}, said)
    assert _pairs(found) == [(0.9, True), (0.1, False)]
    assert (found.weights.tolist(), found.models, found.unused) == ([2.0, 3.0], ("m@1",), 1)


def test_the_file_says_which_models_scored_it() -> None:
    assert _read({"score": SCORES, "label": [1, 0, 1], "model": ["b@1", "a@2", "b@1"]}).models == ("a@2", "b@1")


EVALUATION = {
    "model": "m@2",
    "reliability": {
        "natural": {
            "hate": {
                "bins": [
                    {"low": 0.0, "high": 0.5, "observed": {"count": 1, "of": 4}},
                    {"low": 0.5, "high": 1.0, "observed": {"count": 2, "of": 3}},
                ]
            }
        }
    },
}


def test_the_evaluation_of_a_model_is_evidence_by_ranges_of_scores() -> None:
    found = examples(json.dumps(EVALUATION).encode(), "evaluation.json", Columns("text.hate", part="natural"))
    assert _pairs(found) == [(0.0, True), *[(0.0, False)] * 3, (0.5, True), (0.5, True), (0.5, False)]
    assert found.models == ("m@2",)


def test_the_evaluations_that_ship_can_be_read() -> None:
    shipped = Path(__file__).parents[4] / "models" / "shipped" / "text-minilm" / "evaluation.json"
    found = examples(shipped.read_bytes(), "evaluation.json", Columns("text.insult"))
    assert (len(found), found.positives, found.models) == (1_286, 64, ("text-minilm@2",))


LABELS = [1, 0, 1]
REFUSALS: dict[str, tuple[dict[str, Any], Columns]] = {
    "no column with scores": ({"scor": SCORES, "label": LABELS}, HATE),
    "no column of the name": ({"score": SCORES, "label": LABELS}, Columns("text.hate", score="text.hat")),
    "no column with judgements": ({"score": SCORES, "verdict": LABELS}, HATE),
    "scores that are words": ({"score": ["high", "low", "low"], "label": LABELS}, HATE),
    "scores in percent": ({"score": [0.5, 90, 10], "label": LABELS}, HATE),
    "scores that are no number": ({"score": [0.5, float("nan"), 0.1], "label": LABELS}, HATE),
    "judgements on a scale": ({"score": SCORES, "label": [1, 5, 3]}, HATE),
    "judgements that are no word of ours": ({"score": SCORES, "label": ["racism", "none", "spam"]}, HATE),
    "a category that is mistyped": (
        {"score": SCORES, "label": ["racism", "none", "spam"]},
        Columns("text.hate", category="rasism"),
    ),
    "a category beside true and false": ({"score": SCORES, "label": LABELS}, Columns("text.hate", category="hate")),
    "a weight of nothing": ({"score": SCORES, "label": LABELS, "weight": [1, 0, 1]}, HATE),
    "a probability above 1": ({"score": SCORES, "label": LABELS, "sampling_probability": [1, 0.5, 3]}, HATE),
    "weights and probabilities": (
        {"score": SCORES, "label": LABELS, "weight": LABELS, "sampling_probability": LABELS},
        HATE,
    ),
    "weights that are words": ({"score": SCORES, "label": LABELS, "weight": ["a", "b", "c"]}, HATE),
    "no column with weights": ({"score": SCORES, "label": LABELS}, Columns("text.hate", weight="weigt")),
    "both of them named": ({"score": SCORES, "label": LABELS}, Columns("text.hate", weight="a", probability="b")),
}  # fmt: skip
FILES = {
    "no known format": ("posts.xlsx", b"PK"),
    "no Parquet": ("posts.parquet", b"score,label\n"),
    "no JSON lines": ("posts.jsonl", b'{"score": 0.5\n'),
    "an empty table": ("posts.csv", b""),
    "no evaluation": ("evaluation.json", b"[]"),
    "an evaluation without the category": (
        "evaluation.json",
        json.dumps({"model": "m@1", "reliability": {"natural": {}}}).encode(),
    ),
}


def _refusal(content: bytes, name: str, columns: Columns = HATE) -> str:
    with pytest.raises(Refused) as caught:
        examples(content, name, columns)
    return f"'{name}' {caught.value.message}\n   {caught.value.hint}"


def _refusals() -> str:
    told = {what: _refusal(_written(pl.DataFrame(rows, strict=False), "parquet"), "posts.parquet", said)
            for what, (rows, said) in REFUSALS.items()}  # fmt: skip
    told |= {what: _refusal(content, name) for what, (name, content) in FILES.items()}
    return "\n\n".join(f"{what}:\n{text}" for what, text in told.items()) + "\n"


def test_what_cannot_be_used_is_refused_as_in_the_golden_text() -> None:
    """After a change of wording: `python -m tests.unit.policy.evidence.test_table` writes it anew: read it."""
    assert _refusals() == GOLDEN.read_text(encoding="utf-8")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(["jsonl", "csv", "parquet", "json"]))
def test_random_bytes_are_refused_and_never_raise_anything_else(content: bytes, suffix: str) -> None:
    for head in (b"", b"score,label\n", b'{"score": 0.5, "label": 1}\n', b"PAR1"):
        with contextlib.suppress(Refused):
            examples(head + content, f"posts.{suffix}", HATE)


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(_refusals(), encoding="utf-8")
