"""The model that is judged: any folder of a text model whose labels are mapped to our categories."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models import manifest
from models.runtime.sessions import cores
from models.text.normalise import normalise
from models.training.run import sha256
from models.training.scoring import Graph, probabilities
from moderation.taxonomy import Category

Logits = NDArray[np.float32]
_Kind = TypeVar("_Kind", np.bool_, np.float64)


class Subject:
    """A model folder. `keep` is a folder in which logits stay, so that a killed evaluation goes on where it was."""

    def __init__(self, folder: Path, file: Path | None = None, keep: Path | None = None) -> None:
        """`file` is another graph of the same model, judged in place of its own. Raises `ModelError`."""
        self.folder = folder
        self.spec = manifest.load(folder)
        self.file = file or folder / self.spec.file
        self.sha256 = sha256(self.file)
        self.categories = list(dict.fromkeys(self.spec.labels.values()))
        self._graph = Graph(folder, self.spec, self.file, cores())
        self._keep = keep

    def logits(self, name: str, texts: Sequence[str]) -> Logits:
        """Of texts as written, shape (len(texts), labels). `name` is the set's."""
        normalised = [normalise(text) for text in texts]
        if self._keep is None:
            return self._graph.logits(normalised)
        mark = hashlib.sha256(self.sha256.encode())
        for text in normalised:
            mark.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        path = self._keep / f"{name}-{mark.hexdigest()[:16]}.npy"
        if path.exists():
            kept: Logits = np.load(path)
            return kept
        logits = self._graph.logits(normalised)
        self._keep.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npy")
        np.save(part, logits)
        part.replace(path)
        return logits

    def scores(self, logits: Logits, calibrated: bool = True) -> NDArray[np.float64]:
        """Of the categories, in the order of `categories`: the greatest of the labels that stand for each."""
        return self._by_category(probabilities(self.spec, logits, calibrated))

    def found(self, logits: Logits) -> NDArray[np.bool_]:
        """Whether a label of the category is at its shipped threshold or over, shape (len(logits), categories)."""
        thresholds = np.array([self.spec.threshold(label) for label in self.spec.labels])
        # Rounded as the lane rounds: what is judged is what a policy sees.
        return self._by_category(probabilities(self.spec, logits).round(6) >= thresholds)

    def column(self, category: str) -> int | None:
        """Where a category stands in `categories`; None if the model does not score it."""
        return self.categories.index(Category(category)) if category in self.categories else None

    def speaking(self, language: str) -> list[tuple[int, str]]:
        """The columns and names of the categories that have a score in a language, a primary subtag ("ur")."""
        taught = {stated.split("-")[0]: labels for stated, labels in self.spec.taught.items()}
        heard = {self.spec.labels[label] for label in taught.get(language, self.spec.labels)}
        return [(column, str(category)) for column, category in enumerate(self.categories) if category in heard]

    def harm(self) -> str:
        """The category for sets that only say harmful or not: toxicity, else hate, else the model's first."""
        for category in (Category.TOXICITY, Category.HATE):
            if category in self.categories:
                return str(category)
        return str(self.categories[0])

    def _by_category(self, of_labels: NDArray[_Kind]) -> NDArray[_Kind]:
        categories = list(self.spec.labels.values())
        columns = [[i for i, each in enumerate(categories) if each == category] for category in self.categories]
        return np.stack([of_labels[:, column].max(axis=1) for column in columns], axis=1)
