"""A tokenizer of which every token is one character, so that the graph sees what is written."""

from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer, models, normalizers, processors

PAD, UNKNOWN, BEGIN, END, BLANK = range(5)
"""The tokens that are the same in every alphabet. `BEGIN` and `END` stand around a window."""
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", " ")


def alphabet(texts: Iterable[str], least: int = 3) -> Tokenizer:
    """The tokenizer of the lower-case characters that stand at least `least` times in `texts`."""
    normalizer = normalizers.Lowercase()
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(normalizer.normalize_str(text))
    characters = sorted(c for c, count in counts.items() if count >= least and c != _SPECIAL[BLANK])
    vocabulary = {token: index for index, token in enumerate((*_SPECIAL, *characters))}
    # Byte pair encoding without a single pair: characters.
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token=_SPECIAL[UNKNOWN]))
    tokenizer.normalizer = normalizer
    tokenizer.post_processor = processors.BertProcessing((_SPECIAL[END], END), (_SPECIAL[BEGIN], BEGIN))
    return tokenizer
