"""How one post looks on the screen: one line, and a second one where there is something to explain."""

from rich.style import Style
from rich.text import Text

from moderation.demo.board import Dead, Decided
from moderation.demo.safe import padded, shown
from moderation.events import Decision, Scored

ACTION_STYLES = {
    "allow": Style(color="green"),
    "label": Style(color="cyan"),
    "review": Style(color="yellow"),
    "hold": Style(color="yellow", bold=True),
    "restrict": Style(color="magenta", bold=True),
    "remove": Style(color="red", bold=True),
    "withdrawn": Style(dim=True),
}
DEAD_STYLE = Style(color="white", bgcolor="red")
STAGE_MARKS = {"final": "●", "provisional": "◐", "revised": "●", "human": "☻"}

_ACTION_CELLS = 11
_LANGUAGE_CELLS = 3
_SCORE_CELLS = 21
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_NAME_CELLS = 11
_BAR_CELLS = 5
_LANE_MARKS = {"image": "img ", "video": "vid "}
_DIM = Style(dim=True)
_WORTH_SHOWING = 0.25


def header(width: int) -> Text:
    """The line over the rows."""
    line = Text(style=Style(dim=True, underline=True))
    line.append(_fitted("decision", _ACTION_CELLS))
    line.append(_fitted("post", _post_cells(width)))
    line.append(_fitted("", _LANGUAGE_CELLS))
    line.append(_fitted("highest scores", _SCORE_CELLS))
    return line


def lines_of(row: Decided | Dead, width: int) -> list[Text]:
    """One or two lines of at most `width` columns."""
    return _dead(row, width) if isinstance(row, Dead) else _decided(row, width)


def _decided(row: Decided, width: int) -> list[Text]:
    decision, record = row.decision, row.record
    scores = _scores(record)
    text = "" if record is None else record.post.text
    text = "".join(f"[{mark}] " for mark in _marks(record)) + text
    post = Text(padded(text, _post_cells(width) - 1) + " ")
    if not text.strip():
        post = Text(padded(f"({decision.post_id})", _post_cells(width) - 1) + " ", _DIM)
    first = Text()
    first.append(_fitted(f"{STAGE_MARKS[decision.stage]} {decision.action}", _ACTION_CELLS), _style(decision))
    first.append_text(post)
    first.append(_fitted(_language(record), _LANGUAGE_CELLS), _DIM)
    first.append_text(scores[0] if scores else Text(_fitted("", _SCORE_CELLS)))
    why = explanation(decision)
    if not why:
        return [first]
    second = Text(" " * _ACTION_CELLS)
    cells = _post_cells(width) + _LANGUAGE_CELLS
    second.append(padded(f"└ {why}", cells - 1) + " ", _DIM)
    if len(scores) > 1:
        second.append_text(scores[1])
    return [first, second]


def explanation(decision: Decision) -> str:
    """Which rules decided and for what reason, which others fired, what is awaited or could not be had."""
    parts = []
    live = [rule for rule in decision.rules if rule.silenced_by is None]
    deciding = [rule for rule in live if rule.action == decision.action]
    others = [rule.rule for rule in live if rule.action != decision.action]
    if deciding:
        parts.append(", ".join(f"{rule.rule} ({rule.because})" if rule.because else rule.rule for rule in deciding))
    elif decision.reasons:
        parts.append(", ".join(decision.reasons))
    if others:
        parts.append(f"also {', '.join(others)}")
    parts += [f"{rule.rule} silenced by {rule.silenced_by}" for rule in decision.rules if rule.silenced_by is not None]
    parts += [f"{lane} lane {state}" for lane, state in decision.lanes.items() if state.startswith("failed")]
    waiting = " and ".join(lane for lane, state in decision.lanes.items() if state == "pending")
    if waiting and decision.stage == "provisional":
        parts.append(f"provisional: waits for the {waiting} lane")
    elif waiting:
        parts.append(f"whatever the {waiting} lane will say")
    return "; ".join(parts)


def _dead(row: Dead, width: int) -> list[Text]:
    first = Text()
    first.append("✗ dead", DEAD_STYLE)
    first.append(" " * (_ACTION_CELLS - 6))
    first.append(shown(row.value.decode("utf-8", "replace"), width - _ACTION_CELLS))
    why = f"└ {row.letter.stage} refused it: {row.letter.error}: {row.letter.message}"
    return [first, Text(" " * _ACTION_CELLS + shown(why, width - _ACTION_CELLS), _DIM)]


def _scores(record: Scored | None) -> list[Text]:
    """The two highest scores with their bars; the second only if it means something."""
    if record is None:
        return []
    if not record.signals:
        state = record.lanes["text"].state if "text" in record.lanes else "pending"
        return [Text(_fitted(state.replace("_", " "), _SCORE_CELLS), _DIM)]
    ranked = sorted(record.signals.items(), key=lambda item: -item[1])
    return [
        _score(name, value) for place, (name, value) in enumerate(ranked[:2]) if place == 0 or value >= _WORTH_SHOWING
    ]


def _score(name: str, value: float) -> Text:
    style = Style(color="red" if value >= 0.9 else "yellow" if value >= 0.5 else None, dim=value < _WORTH_SHOWING)
    eighths = round(value * _BAR_CELLS * 8)
    bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8]
    line = Text(_fitted(_named(name)[: _NAME_CELLS - 1], _NAME_CELLS), style)
    line.append(f"{value:4.2f} ", style)
    line.append(_fitted(bar, _SCORE_CELLS - _NAME_CELLS - 5), style)
    return line


def _named(signal: str) -> str:
    """`hate` for text.hate, `img hate` for image.text.hate, `img weapon` for image.weapon."""
    lane, _, rest = signal.partition(".")
    return _LANE_MARKS.get(lane, "") + rest.removeprefix("text.")


def _marks(record: Scored | None) -> list[str]:
    """What stands before the text: where the post stands, and what it has besides."""
    if record is None:
        return []
    surface = [record.post.surface] if record.post.surface != "post" else []
    return [*surface, *sorted({item.kind for item in record.post.media})]


def _language(record: Scored | None) -> str:
    language = str(record.attributes.get("text.language", "")) if record is not None else ""
    return "" if language == "und" else language


def _style(decision: Decision) -> Style:
    return ACTION_STYLES.get(decision.action, Style()) + Style(italic=decision.stage == "provisional")


def _post_cells(width: int) -> int:
    return width - _ACTION_CELLS - _LANGUAGE_CELLS - _SCORE_CELLS


def _fitted(text: str, cells: int) -> str:
    return text[:cells].ljust(cells)
