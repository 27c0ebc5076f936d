"""Texts as windows of tokens."""

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding
from tokenizers import Tokenizer as FastTokenizer

from models.manifest import Tokenizer
from models.runtime.classifier import Prepared
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
        self.pad_id = _pad_id(self._tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(spec.max_length, stride=spec.stride)

    def __call__(self, texts: Sequence[str]) -> list[Prepared]:
        """Each text as one window, or as several with their character offsets."""
        # Without offsets, which only long texts need: 1.6 times as fast.
        encodings = self._tokenizer.encode_batch_fast(list(texts))
        return [
            self._long(text) if encoding.overflowing else Prepared((encoding.ids,))
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def _long(self, text: str) -> Prepared:
        first = self._tokenizer.encode(text)
        windows = [first, *first.overflowing]
        kept = windows[:MAX_WINDOWS]
        return Prepared(
            tuple(window.ids for window in kept),
            truncated=len(windows) > len(kept),
            spans=tuple(_span(window) for window in kept),
        )


def _span(window: Encoding) -> tuple[int, int]:
    offsets = [(start, end) for start, end in window.offsets if end > start]
    return (offsets[0][0], offsets[-1][1]) if offsets else (0, 0)


def _pad_id(tokenizer: FastTokenizer) -> int:
    """What the model was trained to see as padding; 0 where the file does not say."""
    padding = json.loads(tokenizer.to_str())["padding"]
    if padding is not None:
        return int(padding["pad_id"])
    for token in ("[PAD]", "<pad>"):
        if (known := tokenizer.token_to_id(token)) is not None:
            return int(known)
    return 0
