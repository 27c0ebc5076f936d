"""All pieces of a history to one tally as a Ray job: the same function over the same pieces."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from moderation.backtest.counting import Job, count
from moderation.backtest.running import Progress, summed
from moderation.backtest.tally import Tally
from moderation.errors import MissingDependency
from moderation.history.reading import Piece


def run(job: Job, pieces: Sequence[Piece], progress: Progress = lambda done: None) -> Tally:
    """Runs on the cluster that RAY_ADDRESS names, else on this machine. Raises `MissingDependency`.

    The files must have the same path on every node.
    """
    try:
        import ray
    except ImportError:
        raise MissingDependency(
            "--ray needs the package ray: pip install 'moderation-pipeline[ray]', or leave --ray out"
        ) from None
    began = not ray.is_initialized()
    if began:
        ray.init(log_to_driver=False, configure_logging=False, include_dashboard=False)
    try:
        ahead = 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
        return summed(_in_turn(ray, job, pieces, ahead), progress)
    finally:
        if began:
            ray.shutdown()


def _in_turn(ray: Any, job: Job, pieces: Sequence[Piece], ahead: int) -> Iterator[Tally]:
    task, shared = ray.remote(count), ray.put(job)
    under_way: deque[Any] = deque()
    for piece in pieces:
        if len(under_way) >= ahead:
            yield ray.get(under_way.popleft())
        under_way.append(task.remote(shared, piece))
    while under_way:
        yield ray.get(under_way.popleft())
