"""From the outputs of a classifier of others to the logits that are served, a label each."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

_OUT = -1e4  # of an output that does not count; e to its power is zero


class Chosen(nn.Module):
    """Some of the outputs of a multi-label model, in the order given."""

    def __init__(self, columns: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("columns", torch.tensor(columns))

    def forward(self, logits: Tensor) -> Tensor:
        chosen: Tensor = logits[:, self.columns]
        return chosen


class LogOdds(nn.Module):
    """The log-odds of each group of outputs against all the others, for a model of which exactly one output is true.

    With z its outputs: log(sum of e^z in the group) - log(sum of e^z outside), and the sigmoid of that is what the
    softmax over all outputs gives the group. So a model of one label out of many is served as one of many labels.
    """

    def __init__(self, groups: Sequence[Sequence[int]], outputs: int) -> None:
        super().__init__()
        inside = torch.full((len(groups), outputs), _OUT)
        outside = torch.zeros((len(groups), outputs))
        for row, group in enumerate(groups):
            inside[row, list(group)], outside[row, list(group)] = 0.0, _OUT
        self.register_buffer("inside", inside)
        self.register_buffer("outside", outside)

    def forward(self, logits: Tensor) -> Tensor:
        each = logits[:, None, :]
        odds: Tensor = torch.logsumexp(each + self.inside, dim=-1) - torch.logsumexp(each + self.outside, dim=-1)
        return odds


def head_for(
    labels: Mapping[str, str], names: Sequence[str], exclusive: bool
) -> tuple[nn.Module | None, dict[str, str]]:
    """What follows a model with the outputs `names`, and the served label -> category, in the order of its logits.

    `labels` maps outputs to categories; outputs that are not in it are dropped. Where exactly one output is true
    (`exclusive`), those of one category are added up and served under the category's name.
    """
    if not exclusive:
        chosen = {name: labels[name] for name in names if name in labels}
        columns = [names.index(name) for name in chosen]
        return (None if len(chosen) == len(names) else Chosen(columns)), chosen
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        if name in labels:
            groups.setdefault(labels[name], []).append(index)
    return LogOdds(list(groups.values()), len(names)), {category: category for category in groups}
