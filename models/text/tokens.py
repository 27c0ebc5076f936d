"""Texts as windows of tokens."""

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding
from tokenizers import Tokenizer as FastTokenizer

from models.manifest import Tokenizer
from models.runtime.classifier import Prepared
from models.text.emoji_names import Spelled, spelled
from moderation.errors import ModelError

MAX_WINDOWS = 32
"""What lies beyond is not read, and the text counts as truncated."""


class Windows:
    """A `tokenizer.json`, cutting texts into windows of `max_length` tokens of which neighbours share `stride`."""

    def __init__(self, folder: Path, spec: Tokenizer) -> None:
        path = folder / spec.file
        try:
            self._tokenizer = FastTokenizer.from_file(str(path))
        except Exception as error:  # the library raises plain `Exception`
            raise ModelError(f"{path}: not a tokenizer that can be loaded: {error}") from error
        room = spec.max_length - self._tokenizer.num_special_tokens_to_add(False)
        if spec.stride >= room:
            raise ModelError(
                f"{folder / 'manifest.yaml'}: tokenizer.stride is {spec.stride}, but a window of "
                f"{spec.max_length} tokens has room for {room}: it must be less"
            )
        self._spells = spec.emoji == "names"
        self._long_from = 4 * spec.max_length  # characters
        self.pad_id = _pad_id(self._tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(spec.max_length, stride=spec.stride)

    def __call__(self, texts: Sequence[str]) -> list[Prepared]:
        """Each text as one window, or as several with their character offsets."""
        if not self._spells:
            return self._cut(texts)
        read = [spelled(text) for text in texts]
        return [_moved(prepared, text) for prepared, text in zip(self._cut([t.text for t in read]), read, strict=True)]

    def _cut(self, texts: Sequence[str]) -> list[Prepared]:
        # Only texts of several windows need offsets, which cost; most of them show by their length.
        short = [text for text in texts if len(text) <= self._long_from]
        encodings = iter(self._tokenizer.encode_batch_fast(short))
        long = iter(self._tokenizer.encode_batch([text for text in texts if len(text) > self._long_from]))
        return [
            _prepared(next(long)) if len(text) > self._long_from else self._short(text, next(encodings))
            for text in texts
        ]

    def _short(self, text: str, encoding: Encoding) -> Prepared:
        return _prepared(self._tokenizer.encode(text)) if encoding.overflowing else Prepared((encoding.ids,))


def _prepared(encoding: Encoding) -> Prepared:
    windows = [encoding, *encoding.overflowing]
    kept = windows[:MAX_WINDOWS]
    return Prepared(
        tuple(window.ids for window in kept),
        truncated=len(windows) > len(kept),
        spans=tuple(map(_span, kept)) if len(kept) > 1 else (),
    )


def _moved(prepared: Prepared, text: Spelled) -> Prepared:
    """With spans in the text as it was before its emoji were spelled out."""
    if not prepared.spans or not text.starts:
        return prepared
    spans = tuple((text.original(start), text.original(end)) for start, end in prepared.spans)
    return Prepared(prepared.rows, truncated=prepared.truncated, spans=spans)


def _span(window: Encoding) -> tuple[int, int]:
    """Character offsets of what is not a special token; (0, 0) where that is nothing."""
    places = range(len(window))
    first = next((span for at in places if (span := window.token_to_chars(at))), (0, 0))
    last = next((span for at in reversed(places) if (span := window.token_to_chars(at))), (0, 0))
    return first[0], last[1]


def _pad_id(tokenizer: FastTokenizer) -> int:
    """What the model was trained to see as padding; 0 where the file does not say."""
    padding = json.loads(tokenizer.to_str())["padding"]
    if padding is not None:
        return int(padding["pad_id"])
    for token in ("[PAD]", "<pad>"):
        if (known := tokenizer.token_to_id(token)) is not None:
            return int(known)
    return 0
