"""The text of a post as lists of words and domains are looked up in it.

Upper and lower case, full-width and other compatibility forms (NFKC) and invisible characters make no difference;
look-alike letters and digits do: the lexicon's signals see through those.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

Finder = Callable[["Wording"], bool | float]

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
# CPython sorts a run of combining marks by insertion, quadratic in its length: long texts go in pieces.
_PIECE = re.compile(r"[\s\S]{0,300}(?:\s|\Z)|\S{1,300}")
# Scripts without blanks between words: their terms are found anywhere.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_DOTS = re.compile("[\u3002\uff61]")  # full stops that count as dots in domain names (RFC 3490)


def folded(text: str) -> str:
    """The text without its variants of writing; takes time in proportion to its length."""
    if text.isascii():
        return _CONTROLS.sub("", text).lower()
    text = _INVISIBLE.sub("", text)
    return "".join(_normal(piece) for piece in _PIECE.findall(text)) if len(text) > 300 else _normal(text)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


_LAST_MARK = 0x1E94A  # the variation selectors behind it are invisible, and taken out


@functools.cache
def _marks() -> str:
    """Combining marks as part of a character class: Indic vowels are such, and belong to their word."""
    marks = [code for code in range(0x300, _LAST_MARK + 1) if unicodedata.category(chr(code))[0] == "M"]
    known = frozenset(marks)
    starts = [code for code in marks if code - 1 not in known]
    ends = [code for code in marks if code + 1 not in known]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


@functools.cache
def _token() -> re.Pattern[str]:
    return re.compile(rf"[\w{_marks()}]+|[^\w\s]")


@functools.cache
def _run() -> re.Pattern[str]:
    return re.compile(rf"[\w{_marks()}.-]+")


_ASCII_TOKEN = re.compile(r"[a-z0-9]+|[^\s]")


def tokens_of(text: str) -> list[str]:
    """The words and other characters of a folded text, in order; `_` is no part of a word."""
    token = _ASCII_TOKEN if text.isascii() else _token()
    return token.findall(text.replace("_", "\0"))  # which no folded text has


class Wording:
    """One text, taken apart when first asked."""

    def __init__(self, text: str) -> None:
        self._written = text

    @functools.cached_property
    def text(self) -> str:
        """The folded text."""
        return folded(self._written)

    @functools.cached_property
    def tokens(self) -> list[str]:
        """Its words and other characters."""
        return tokens_of(self.text)

    @functools.cached_property
    def hosts(self) -> list[str]:
        """What looks like the name of a host: in links, in addresses and by itself."""
        runs = _run().findall(_DOTS.sub(".", self.text))
        return [domain_of(run) for run in runs if "." in run.strip(".")]


class Terms:
    """Words and phrases to be found as whole words; in scripts without blanks, anywhere."""

    def __init__(self, terms: Iterable[str]) -> None:
        words: set[str] = set()
        self._phrases: dict[str, set[tuple[str, ...]]] = {}
        self._anywhere: set[str] = set()
        for term in map(folded, terms):
            first, *rest = tokens_of(term)
            if _UNSPACED.search(term):
                self._anywhere.add(term.strip())
            elif rest:
                self._phrases.setdefault(first, set()).add((first, *rest))
            else:
                words.add(first)
        self._words = frozenset(words)

    def any_in(self, wording: Wording) -> bool:
        """Whether one of them is there."""
        if not self._words.isdisjoint(wording.tokens) or any(self._phrases_in(wording)):
            return True
        return any(term in wording.text for term in self._anywhere)

    def count_in(self, wording: Wording) -> float:
        """How many times one of them is there."""
        words = sum(token in self._words for token in wording.tokens)
        anywhere = sum(wording.text.count(term) for term in self._anywhere)
        return float(words + anywhere + sum(self._phrases_in(wording)))

    def _phrases_in(self, wording: Wording) -> Iterator[bool]:
        """For each place where a phrase may begin, and each such phrase, whether it stands there."""
        tokens = wording.tokens
        if self._phrases.keys().isdisjoint(tokens):
            return
        for start, token in enumerate(tokens):
            for phrase in self._phrases.get(token, ()):
                yield tuple(tokens[start : start + len(phrase)]) == phrase


def word_refused(term: str) -> str | None:
    """Why a term cannot be found in any text; None when it can."""
    return None if tokens_of(folded(term)) else "has nothing that can be found"


def domain_of(written: str) -> str:
    """A domain in one spelling: folded, `xn--` labels in letters, without a leading `*.`."""
    return ".".join(map(_label, _DOTS.sub(".", folded(written)).removeprefix("*").strip(".").split(".")))


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label.strip("-_")
    try:
        return folded(label[4:].encode("ascii").decode("punycode"))
    except UnicodeError:
        return label


def domain_refused(term: str) -> str | None:
    """Why a term is no domain; None when it is one. A last label alone, such as `zip`, is one."""
    domain = domain_of(term)
    right = _run().fullmatch(domain) and all(domain.split("."))
    return None if right else "is no domain: write example.org, without https:// and path"


class Domains:
    """Domains, each with all below it."""

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = frozenset(map(domain_of, domains))
        self._labels = max((domain.count(".") + 1 for domain in self._domains), default=0)

    def any_in(self, wording: Wording) -> bool:
        """Whether a host of the text is one of them or lies below one."""
        return any(self._has(host) for host in wording.hosts)

    def _has(self, host: str) -> bool:
        labels = host.rsplit(".", self._labels)[-self._labels :]
        return any(".".join(labels[start:]) in self._domains for start in range(len(labels)))
