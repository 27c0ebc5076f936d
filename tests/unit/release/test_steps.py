"""From one release to the next."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from moderation.errors import ReleaseError
from moderation.events import Canary, Release
from moderation.release import steps
from moderation.release.steps import Signed

SIGNED = Signed("ann", datetime(2026, 1, 1, tzinfo=UTC), "because")
NOW = Release(number=4, live="live", canary=Canary(hash="can", share=0.1), shadows=("s", "t"), by="bob", at=SIGNED.at)
ALONE = Release(number=4, live="live", by="bob", at=SIGNED.at)

Parts = tuple[str, str | None, tuple[str, ...]]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: steps.live(NOW, "new", SIGNED), ("new", None, ("s", "t"))),
        (lambda: steps.live(NOW, "can", SIGNED), ("can", None, ("s", "t"))),
        (lambda: steps.live(NOW, "s", SIGNED), ("s", None, ("t",))),
        (lambda: steps.live(NOW, "live", SIGNED), ("live", None, ("s", "t"))),
        (lambda: steps.canary(NOW, "new", 0.2, SIGNED), ("live", "new", ("s", "t"))),
        (lambda: steps.canary(NOW, "can", 0.2, SIGNED), ("live", "can", ("s", "t"))),
        (lambda: steps.canary(NOW, "t", 0.2, SIGNED), ("live", "t", ("s",))),
        (lambda: steps.shadow(NOW, "new", SIGNED), ("live", "can", ("s", "t", "new"))),
        (lambda: steps.withdrawn(NOW, "can", SIGNED), ("live", None, ("s", "t"))),
        (lambda: steps.withdrawn(NOW, "s", SIGNED), ("live", "can", ("t",))),
        (lambda: steps.rolled_back(NOW, ["s", "live"], SIGNED), ("s", None, ("t",))),
    ],
)
def test_a_step_leaves_what_it_does_not_name(made: Callable[[], Release], expected: Parts) -> None:
    release = made()
    assert (release.live, release.canary.hash if release.canary else None, release.shadows) == expected
    assert (release.number, release.by, release.at, release.note) == (5, "ann", SIGNED.at, "because")
    assert release.canary is None or release.canary.share in (0.1, 0.2)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: steps.live(ALONE, "live", SIGNED), "live is live already"),
        (lambda: steps.canary(NOW, "live", 0.2, SIGNED), "it decides for all authors already"),
        (lambda: steps.canary(NOW, "can", 0.1, SIGNED), "can is the canary for 10 % of authors already"),
        (lambda: steps.canary(None, "new", 0.1, SIGNED), "nothing is released yet"),
        (lambda: steps.shadow(NOW, "can", SIGNED), "can is canary already"),
        (lambda: steps.shadow(NOW, "s", SIGNED), "s is in shadow already"),
        (lambda: steps.withdrawn(NOW, "live", SIGNED), "`rollback` goes back to the policy before it"),
        (lambda: steps.withdrawn(NOW, "x", SIGNED), "x is not in force"),
        (lambda: steps.rolled_back(NOW, ["live"], SIGNED), "nothing was live before live"),
        (lambda: steps.rolled_back(None, [], SIGNED), "moderation policy release FILE --live"),
    ],
)
def test_a_step_that_means_nothing_is_refused(made: Callable[[], Release], message: str) -> None:
    with pytest.raises(ReleaseError) as refused:
        made()
    assert message in str(refused.value)


def test_the_first_release_has_number_one() -> None:
    first = steps.live(None, "new", SIGNED)
    assert (first.number, first.canary, first.shadows) == (1, None, ())
