"""Functional tests of hate detection, and harmless sentences with identity terms. Evaluation only.

All sentences were written one by one for this project: after the functionalities that the literature on functional
tests of hate detection names (Röttger et al. 2021, "HateCheck"), without looking at the sentences of a published
suite, at a training set or at `models/training/grammar`. Never train on them, and do not write training sentences
after reading them: a score on them is worth something only while the two are apart. The labels are
the writer's, read twice; nobody else has annotated the cases yet.

`templates/hateful` and `templates/harmless` hold one file per functionality. A line is a template:

- `{plural}`, `{singular}`, `{adjective}` stand for forms of a group of `groups.yaml`, other names for the file's own
  `values`; `{a singular}` adds the article, `{Plural}` begins with a capital, `{PLURAL}` is all capitals.
- `{slur}`, `{slurs}`, `{reclaimed}` stand for words that only the shipped lexicon holds. Where it is missing, the
  cases that need it are skipped and counted.
- `<<...>>` is what the file's `spelling` disguises.
- A template in small letters throughout stays so; lines under `only` are for one group.

"Hateful" means: derogates, threatens or excludes people because they belong to a protected group, or calls for it.
"""

from models.training.functional.sentences import neutral
from models.training.functional.suite import FOLDER, Case, Suite, cases, load

__all__ = ["FOLDER", "Case", "Suite", "cases", "load", "neutral"]
