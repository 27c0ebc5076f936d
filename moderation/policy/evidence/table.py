"""Files of judged posts as examples: Parquet, JSON lines, CSV, or the `evaluation.json` of a model."""

import io
import json
from pathlib import PurePath
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from moderation.policy.evidence.columns import PROBABILITY, WEIGHT, Columns
from moderation.policy.evidence.examples import Examples, as_common_as
from moderation.policy.evidence.refused import Refused
from moderation.policy.problems import joined, nearest, shortened

_POST = ("post_id", "post.revision")
_MODEL = "model"
_REASONS, _ACTION = "label.reasons", "label.action"  # of a history
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


def table(content: bytes, name: str) -> pl.DataFrame:
    """The rows of a file, whose format its name tells. Raises `Refused`."""
    suffix = PurePath(name).suffix.lower()
    try:
        if suffix == ".parquet":
            return pl.read_parquet(io.BytesIO(content))
        if suffix in (".jsonl", ".ndjson"):
            return pl.read_ndjson(io.BytesIO(content), infer_schema_length=None)
        if suffix == ".csv":
            return pl.read_csv(io.BytesIO(content), infer_schema_length=None)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, OSError) as error:
        raise Refused(f"cannot be read: {shortened(str(error).splitlines()[0] if str(error) else '?', 120)}") from None
    raise Refused(
        "is of no known format", "a table ends with .parquet, .jsonl or .csv, a model's evaluation with .json"
    )


def examples(content: bytes, name: str, columns: Columns) -> Examples:
    """The judged posts of a file. Raises `Refused` for what cannot be used."""
    if PurePath(name).suffix.lower() == ".json":
        return _evaluated(content, columns)
    return judged(table(content, name), columns)[0]


def judged(rows: pl.DataFrame, columns: Columns) -> tuple[Examples, pl.DataFrame]:
    """The examples of a table, and their rows; of rows for one post the last counts. Raises `Refused`."""
    if _POST[0] in rows.columns:
        rows = rows.unique([name for name in _POST if name in rows.columns], keep="last", maintain_order=True)
    rows = rows.with_row_index("__row", 1)
    score = _column(rows, columns.score, (columns.signal, "score"), f"the scores of {columns.signal}", "score")
    label = _column(rows, columns.label, ("label", _REASONS), "the judgements", "label")
    right = _answered(rows, columns.named) if label == _REASONS else _right(rows[label], label, columns)
    used = rows.with_columns(right.alias("__right")).filter(
        pl.col("__right").is_not_null() & pl.col(score).is_not_null()
    )
    column = _weight_column(used, columns)
    if column is not None:
        used = used.filter(pl.col(column).is_not_null())  # what was judged for another reason stands for nothing
    weights = _weights(used, column, columns)
    found = Examples(
        _scores(used, score),
        used["__right"].to_numpy().astype(bool),
        np.ones(len(used)) if weights is None else weights,
        weights is not None,
        _models(used, columns),
        len(rows) - len(used),
    )
    return as_common_as(found, columns.prevalence), used


def _column(rows: pl.DataFrame, named: str | None, usual: tuple[str, ...], what: str, key: str) -> str:
    for name in (named,) if named is not None else usual:
        if name in rows.columns:
            return name
    own = [column for column in rows.columns if not column.startswith("__")]
    shown = ", ".join(own[:12]) + (", ..." if len(own) > 12 else "")
    wanted = named or key
    hint = joined(
        nearest(wanted, own), f"columns: {shown}" if shown else "it is empty", f"'{key}: COLUMN' names another"
    )
    raise Refused(f"has no column '{shortened(wanted)}' with {what}", hint)


def _numbers(rows: pl.DataFrame, column: str, what: str) -> NDArray[np.float64]:
    values = rows[column]
    if not values.dtype.is_numeric():
        message = f"has {what} in column '{column}' that are no numbers: {_first(rows, column, pl.lit(value=True))}"
        raise Refused(message, f"'{_key_of(what)}: COLUMN' names another")
    found: NDArray[np.float64] = values.cast(pl.Float64).to_numpy()
    return found


def _key_of(what: str) -> str:
    """The key by which an author names a column."""
    return {"weights": "weight", "sampling probabilities": "probability"}.get(what, "score")


def _scores(rows: pl.DataFrame, column: str) -> NDArray[np.float64]:
    found = _numbers(rows, column, "scores")
    if not ((found >= 0.0) & (found <= 1.0)).all():
        bad = _first(rows, column, ~pl.col(column).is_between(0.0, 1.0))
        hint = "logits and percentages are no scores: give what the model gave to the policy"
        raise Refused(f"has scores in column '{column}' that do not lie between 0 and 1: {bad}", hint)
    return found


def _first(rows: pl.DataFrame, column: str, where: pl.Expr) -> str:
    """The first such value, and its row."""
    first = rows.filter(where)
    return f"{shortened(str(first[column][0]))} in row {first['__row'][0]:,}" if len(first) else "none"


def _right(values: pl.Series, column: str, columns: Columns) -> pl.Series:
    """Whether each row is what the signal looks for; null where it was not judged. Raises `Refused`."""
    if values.dtype == pl.Null:
        return pl.Series(values=[None] * len(values), dtype=pl.Boolean)
    if isinstance(values.dtype, pl.List):
        return values.cast(pl.List(pl.String)).list.contains(columns.named)
    if values.dtype == pl.String:
        words = [str(word) for word in values.drop_nulls().unique().sort()]
        if columns.category is None and all(word.lower() in (*_YES, *_NO) for word in words):
            return values.str.to_lowercase().is_in(_YES)
        if columns.named in words or columns.category is None:
            if columns.named not in words:
                raise Refused(f"has no '{columns.named}' in column '{column}'", _words(words))
            return values == columns.named
        raise Refused(
            f"has no '{columns.named}' in column '{column}'", joined(nearest(columns.named, words), _words(words))
        )
    if columns.category is not None:
        raise Refused(f"has no words in column '{column}'", f"'category: {columns.category}' is for columns with words")
    if values.dtype == pl.Boolean:
        return values
    if values.dtype.is_numeric() and values.drop_nulls().is_in([0, 1]).all():
        return values == 1
    raise Refused(f"has judgements in column '{column}' that are neither true nor false", "such as true, false, 1, 0")


def _answered(rows: pl.DataFrame, category: str) -> pl.Series:
    """What reviewers said in a history: null where they put it again, or acted without a reason."""
    reasons = pl.col(_REASONS).cast(pl.List(pl.String))
    if _ACTION not in rows.columns:
        return rows.select(reasons.list.contains(category)).to_series()
    acted = pl.col(_ACTION).is_in(["label", "restrict", "remove"])
    answer = pl.when(pl.col(_ACTION) == "allow").then(pl.lit(value=False))
    answer = answer.when(acted & (reasons.list.len() > 0)).then(reasons.list.contains(category))
    return rows.select(answer).to_series()


def _words(words: list[str]) -> str:
    shown = ", ".join(shortened(word, 30) for word in words[:8]) + (", ..." if len(words) > 8 else "")
    return f"it has: {shown or 'nothing'}; 'category: WORD' names the one that counts"


def _weight_column(rows: pl.DataFrame, columns: Columns) -> str | None:
    """Which column says how many posts each row stands for; None where none does. Raises `Refused`."""
    if columns.weight is not None and columns.probability is not None:
        raise Refused("has a weight and a probability named", "name one of them: a weight is 1 by the probability")
    if columns.weight is not None:
        return _column(rows, columns.weight, (), "the weights", "weight")
    if columns.probability is not None:
        return _column(rows, columns.probability, (), "the sampling probabilities", "probability")
    usual = [name for name in (WEIGHT, PROBABILITY) if name in rows.columns and rows[name].null_count() < len(rows)]
    if len(usual) > 1:
        hint = "say which counts: 'weight: COLUMN' or 'probability: COLUMN'"
        raise Refused(f"has a column '{WEIGHT}' and a column '{PROBABILITY}'", hint)
    return usual[0] if usual else None


def _weights(rows: pl.DataFrame, column: str | None, columns: Columns) -> NDArray[np.float64] | None:
    """How many posts each row stands for; None where nothing says so. Raises `Refused`."""
    if column is None:
        return None
    likely = column == columns.probability or (columns.weight is None and column == PROBABILITY)
    what = "sampling probabilities" if likely else "weights"
    found = _numbers(rows, column, what)
    fine = (found > 0) & np.isfinite(found) & ((found <= 1) | (what == "weights"))
    if not fine.all():
        limits = "above 0" if what == "weights" else "above 0 and at most 1"
        place = int(np.argmin(fine))
        shown = f"{rows[column][place]} in row {rows['__row'][place]:,}"
        hint = "a post that stands for none is no example: leave it out"
        raise Refused(f"has {what} in column '{column}' that are not {limits}: {shown}", hint)
    return found if what == "weights" else 1.0 / found


def _models(rows: pl.DataFrame, columns: Columns) -> tuple[str, ...]:
    if columns.model is not None:
        return (columns.model,)
    if _MODEL in rows.columns and rows[_MODEL].dtype == pl.String:
        return tuple(rows[_MODEL].drop_nulls().unique().sort())
    return ()


def _evaluated(content: bytes, columns: Columns) -> Examples:
    """What `moderation models evaluate` wrote down: texts and positives by range of scores, on sets as they come.

    The lower edge of its range stands for a score, so that thresholds lie on edges. Raises `Refused`.
    """
    try:
        found: dict[str, Any] = json.loads(content)
        having = {
            part: own[columns.named]["bins"] for part, own in found["reliability"].items() if columns.named in own
        }
        parts = [columns.part] if columns.part is not None else list(having)
        if len(parts) != 1 or parts[0] not in having:
            which = f"set '{columns.part}'" if columns.part else "one set"
            hint = f"'set: NAME' takes one of {', '.join(having)}" if having else "its model was not calibrated for it"
            raise Refused(f"has not {which} for {columns.named}", hint)
        rows = [
            (float(own["low"]), int(own["observed"]["count"]), int(own["observed"]["of"])) for own in having[parts[0]]
        ]
        scores = [score for score, _, count in rows for _ in range(count)]
        right = [place < hits for _, hits, count in rows for place in range(count)]
        model = columns.model or str(found["model"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("is no evaluation of a model", f"`moderation models evaluate` writes it; {error!r:.80}") from None
    ones = np.ones(len(scores))
    whole = Examples(np.array(scores, dtype=float), np.array(right, dtype=bool), ones, models=(model,))
    return as_common_as(whole, columns.prevalence)
