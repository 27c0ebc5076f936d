"""Text of strangers, made fit for a terminal: posts are hostile."""

import unicodedata

from rich.cells import cell_len

_MOST_MARKS = 2  # on one letter: Hindi and Vietnamese need two, "zalgo" text has dozens and climbs over its line


def shown(text: str, cells: int) -> str:
    """One line of at most `cells` columns: white space collapsed, what does not print escaped, the rest cut."""
    begun = text[: cells * 8]
    line = kept = ""
    width = marks = 0
    for character in " ".join(begun.split()):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _MOST_MARKS:
            continue
        piece = character if character.isprintable() else f"<{ord(character):X}>"
        width += cells_of(piece)
        if width > cells:
            return kept + "…"
        line += piece
        if width < cells:
            kept = line
    return line if begun == text else kept + "…"


def padded(text: str, cells: int) -> str:
    """`shown`, filled up with spaces."""
    line = shown(text, cells)
    return line + " " * (cells - cells_of(line))


def cells_of(text: str) -> int:
    """Columns, and rather too many: terminals disagree about spacing marks (Devanagari) and emoji selectors.

    A line that is a little short in some of them is better than one that wraps in others.
    """
    return sum(max(cell_len(character), _ambiguous(character)) for character in text)


def _ambiguous(character: str) -> int:
    return 1 if character == "\ufe0f" or unicodedata.category(character) == "Mc" else 0
