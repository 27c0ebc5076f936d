"""The stub is asked for by name."""

import pytest

from models.stub import Stub, parse
from moderation.errors import ConfigurationError


@pytest.mark.parametrize(("name", "cost"), [("stub", 0.0), ("stub:2.5", 2.5), ("stub:0", 0.0), ("text-minilm", None)])
def test_a_cost_may_stand_behind_its_name(name: str, cost: float | None) -> None:
    assert parse(name) == cost


@pytest.mark.parametrize("name", ["stub:", "stub:fast", "stub:-1", "stub:nan", "stub:inf"])
def test_a_cost_that_is_none_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"stub:2\.5"):
        parse(name)


def test_scores_are_the_same_in_every_process() -> None:
    stub = Stub()
    rows = [row for prepared in stub.prepare(["hello"]) for row in prepared.rows]
    assert stub.finish(stub.run(rows, 0)).round(6).tolist() == [
        [0.700293, 0.799932, 0.878031, 0.204158, 0.961553, 0.931708]
    ]
