"""What an exported model does when it is served: its logits on samples, and whether neighbours matter to it."""

import json
from pathlib import Path

import numpy as np

from models import manifest
from models.image.onnx import OnnxPictureClassifier
from models.media.decoding.decoded import Pixels
from models.runtime.classifier import Array, Row
from models.text.normalise import normalise
from models.text.onnx import OnnxTextClassifier
from moderation import samples
from moderation.settings import Settings


def served(folder: Path) -> OnnxTextClassifier:
    """The model on the CPU, in one session."""
    return OnnxTextClassifier(folder, Settings(provider="cpu", sessions=1))


def sample_texts() -> list[str]:
    """The texts of the sample posts, normalised."""
    posts = []
    for line in samples.lines():
        try:
            posts.append(json.loads(line))
        except ValueError:  # some lines are malformed on purpose
            continue
    texts = [post.get("text") for post in posts if isinstance(post, dict)]
    return [text for text in (normalise(each) for each in texts if isinstance(each, str)) if text]


def sample_pictures(height: int, width: int, count: int = 32, seed: int = 0) -> list[Pixels]:
    """Pictures of chance, from a few great patches of colour to noise."""
    chance = np.random.default_rng(seed)
    cells = np.geomspace(2, min(height, width), count).astype(int)
    rows, columns = np.arange(height), np.arange(width)
    return [
        chance.integers(0, 256, (n, n, 3), dtype=np.uint8)[rows[:, None] * n // height, columns * n // width]
        for n in cells.tolist()
    ]


def sample_logits(folder: Path) -> Array:
    """Logits of sample pictures or of the first window of each sample text, each run alone; (samples, labels)."""
    if manifest.load(folder).modality == "image":
        pictures = OnnxPictureClassifier(folder, Settings(provider="cpu", sessions=1))
        size = pictures.rendition
        return np.concatenate([pictures.run([each], 0) for each in sample_pictures(size.height, size.width)])
    classifier = served(folder)
    return np.concatenate([classifier.run([text.rows[0]], 0) for text in classifier.prepare(sample_texts())])


def influence_of_neighbours(folder: Path, rows: int = 80, seed: int = 0) -> float:
    """The largest difference of any logit between a row alone and the same row in batches of 2 to 32.

    Rows are windows of the sample texts, and random tokens of every length that a window may have.
    """
    classifier = served(folder)
    chance = np.random.default_rng(seed)
    known = [text.rows[0] for text in classifier.prepare(sample_texts())]
    tokens = sorted({token for row in known for token in row})
    spec = classifier.manifest.tokenizer
    assert spec is not None
    frame = min(known, key=len)
    drawn: list[Row] = [known[index] for index in chance.permutation(len(known))[: rows // 2]]
    lengths = np.linspace(2, spec.max_length, rows - len(drawn)).astype(int).tolist()
    drawn += [[frame[0], *chance.choice(tokens, length - 2).tolist(), frame[-1]] for length in lengths]
    alone = np.concatenate([classifier.run([row], 0) for row in drawn])
    worst = 0.0
    for size in (2, 3, 8, 32):
        order = chance.permutation(len(drawn))
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            together = classifier.run([drawn[index] for index in batch], 0)
            worst = max(worst, float(np.abs(together - alone[batch]).max()))
    return worst
