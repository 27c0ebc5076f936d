"""False alarms: of texts labelled harmless, the share that a category finds at its shipped threshold."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from models.training.judge.intervals import Figure, Flags, Share, share


class Alarms(Figure):
    """Of one set. `any` is any of the categories; `groups` has that share for the texts that name each group."""

    by_category: dict[str, Share]
    any: Share
    groups: dict[str, Share] = Field(default_factory=dict)


def alarms(categories: Sequence[str], found: Flags, groups: Sequence[str] = ()) -> Alarms:
    """`found` is of harmless texts only, shape (texts, categories); `groups` names the group of each text, if any."""
    some = np.any(found, axis=1)
    named = np.array(groups)
    return Alarms(
        by_category={str(category): share(found[:, column]) for column, category in enumerate(categories)},
        any=share(some),
        groups={str(group): share(some[named == group]) for group in dict.fromkeys(groups)},
    )
