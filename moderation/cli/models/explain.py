"""`moderation models explain`: which words of a text made its score."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from moderation.errors import ConfigurationError, ModelError

if TYPE_CHECKING:
    from rich.text import Text

    from models.runtime.classifier import Classifier
    from models.text.explanation import Attribution, Explanation
    from moderation.taxonomy import Category

_SHOWN_AROUND = 300  # characters of a long passage before and after the words that are pointed at


@click.command()
@click.argument("text")
@click.option("--model", help="A model folder, or the name of a shipped one. Default: what reads such a post.")
@click.option("--category", "categories", multiple=True, help="Explain this score; repeatable. Default: the high ones.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every word that was examined.")
def command(text: str, model: str | None, categories: tuple[str, ...], as_json: bool) -> None:
    """Show which words of TEXT (- is standard input) made its score, and what is left of the score without them.

    Words are taken out of the text, and the model reads what is left. 'alone' is what the score loses without these
    words only; 'left' is the score once they and all words above them are out. Some words have little effect alone
    because others say the same. Default: every category with a score of 0.5 or more, or else the highest one.
    """
    from models.text.attribution import attribute

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    classifier = _classifier(model, text)
    found = attribute(classifier, text, _categories(classifier, categories))
    if as_json:
        click.echo(json.dumps(_as_json(found, text), ensure_ascii=not sys.stdout.isatty(), indent=2))
    elif not found.explanations:
        click.echo("there is nothing to read in this text")
    else:
        _print(found, text)


def _classifier(model: str | None, text: str) -> "Classifier":
    """The model named or, without one, that which reads a post with this text."""
    from models.text.factory import text_classifier, text_router
    from models.text.language import languages
    from models.text.normalise import normalise
    from models.text.scorer import MAX_CHARACTERS
    from moderation import settings

    loaded = settings.load(text_model=model, sessions=1)
    if model is not None:
        return text_classifier(loaded)
    router = text_router(loaded)
    normalised = normalise(text[:MAX_CHARACTERS])
    language = languages([normalised])[0]
    route = router.route(language, normalised)
    if route.reader is None:
        raise ModelError(f"no model reads texts in this language ({language}); name one with --model to try it")
    return router.readers[route.reader].classifier


def _categories(classifier: "Classifier", names: tuple[str, ...]) -> list["Category"]:
    known = {str(each): each for each in classifier.categories}
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError(
            f"{classifier.name} does not score {', '.join(unknown)}; it scores: {', '.join(known)}"
        )
    return [known[name] for name in dict.fromkeys(names)]


def _as_json(found: "Attribution", text: str) -> dict[str, Any]:
    content = asdict(found)
    for each in content["explanations"]:
        for part in (*(step["part"] for step in each["raising"]), *each["lowering"], *each["words"]):
            part["text"] = text[part["start"] : part["end"]]
    return content


def _print(found: "Attribution", text: str) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for each in found.explanations:
        console.print(f"{found.model} scores {each.category} {each.score:.2f}", style="bold")
        console.print(_marked(text, each, plain=not console.is_terminal))
        console.print(_table(text, each))
        console.print(_summary(each) + "\n")
    console.print(f"{found.variants} variants of the text were read", style="dim")


def _marked(text: str, each: "Explanation", plain: bool) -> "Text":
    """The passage with the deciding words in colour, or in brackets, and those that speak against it underlined."""
    from rich.text import Text

    from moderation.cli.printable import printable

    styles = {step.part.span: "bold white on red" for step in each.raising}
    styles |= {part.span: "underline green" for part in each.lowering if not plain}
    marked = Text()
    at = each.passage[0]
    for start, end in sorted(styles):
        if start < at:  # a run of words that holds another one
            continue
        marked.append(printable(_shortened(text[at:start], at > each.passage[0])))
        word = printable(text[start:end], 2 * _SHOWN_AROUND)
        marked.append(f"[{word}]" if plain else word, styles[start, end])
        at = end
    marked.append(printable(_shortened(text[at : each.passage[1]], at > each.passage[0], last=True)))
    return marked


def _shortened(gap: str, after: bool, last: bool = False) -> str:
    """What stands between words that are pointed at; of a long one, what is near them."""
    head, tail = (_SHOWN_AROUND if after else 0), (0 if last and after else _SHOWN_AROUND)
    return gap if len(gap) <= head + tail + 2 else f"{gap[:head]} … {gap[len(gap) - tail :]}"


def _table(text: str, each: "Explanation") -> Any:
    from rich.table import Table
    from rich.text import Text

    from moderation.cli.printable import printable

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("words", "at", "alone", "log-odds", "left"):
        table.add_column(name, justify="left" if name == "words" else "right", overflow="fold")
    for (start, end), *cells in _rows(each):
        table.add_row(Text(printable(text[start:end], 60)), str(start), *cells)
    return table


def _rows(each: "Explanation") -> Iterator[tuple[tuple[int, int], str, str, str]]:
    """Span, what the score loses without it, the same in log-odds, and the score that is left."""
    for step in each.raising:
        yield step.part.span, f"{-step.part.probability:+.2f}", f"{-step.part.log_odds:+.1f}", f"{step.left:.2f}"
    for part in each.lowering:
        yield part.span, f"{-part.probability:+.2f}", f"{-part.log_odds:+.1f}", ""


def _summary(each: "Explanation") -> str:
    what = "the score" if each.passage_score == each.score else "the score of this part, the highest of the text,"
    if not each.raising:
        return f"No words make {what} of {each.passage_score:.2f}."
    return f"Without the marked words {what} falls from {each.passage_score:.2f} to {each.remaining:.2f}."
