"""Harmless talk of every day in the languages of the sets that are sampled for offence."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from models.training.examples import Example
from models.training.readers.reader import Options

PHRASES = Path(__file__).parent / "everyday.yaml"
_CLEAN = {"toxicity": 0.0, "hate": 0.0, "insult": 0.0, "threat": 0.0, "obscenity": 0.0, "spam": 0.0}


class EverydayReader:
    """The phrases that come with the code. Those of one frame are one group."""

    language = ""

    @property
    def options(self) -> type[Options]:
        return Options

    def files(self, folder: Path, options: Options) -> list[Path]:
        return [PHRASES]

    def read(self, folder: Path, options: Options, seed: int) -> Iterator[Example]:
        for language, phrases in yaml.safe_load(PHRASES.read_text(encoding="utf-8")).items():
            for number, frame in enumerate(phrases["frames"]):
                for term in phrases["terms"]:
                    group = f"everyday {language} {number}"
                    yield Example(frame.format(term), "everyday", _CLEAN, group=group, language=language)
            for text in phrases["plain"]:
                yield Example(text, "everyday", _CLEAN, language=language)
