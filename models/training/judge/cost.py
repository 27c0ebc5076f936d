"""What a model costs: size, speed of one thread, time of a lone window, memory of a process."""

import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import manifest
from models.training.judge.intervals import Figure, rounded
from models.training.run import machine
from models.training.scoring import Graph
from moderation.errors import ModelError

WORDS = (
    "the of and to in is that it was for you as with this not are be have from on by at which they but what all were "
    "when there can more if will about their so would some time people could other than then only its think also just "
    "because any these article page edit source please thanks really should wikipedia unfortunately misunderstanding"
)
LENGTHS = (1, 6, 9, 13, 18, 25, 34, 46, 67, 111)
"""Words of a post: the deciles of Wikipedia comments (the set robtest)."""
TEXTS = 600
LONE = 300
"""Windows timed one by one."""
ROUNDS = 3


class Cost(Figure):
    """Times are CPU time of one thread, so that other work on the machine does not count against the model."""

    size_mb: float
    posts_per_second: float
    mean_tokens: float
    p50_ms: float
    """Of a lone window, the model alone."""
    p95_ms: float
    memory_mb: float
    """Resident, at its most, of a process that served one session."""
    machine: str


def cost(folder: Path) -> Cost:
    """Measured here and now, on made-up posts with the lengths of real ones, the same ones each time.

    Raises `ModelError` for a folder that cannot be served.
    """
    spec = manifest.load(folder)
    graph, texts = Graph(folder, spec), posts()
    rows = graph.rows(texts)
    lone = _lone_ms(graph, rows[:LONE])
    return Cost(
        size_mb=rounded((folder / spec.file).stat().st_size / 1e6, 2),
        posts_per_second=rounded(len(texts) / _seconds(graph, texts), 1),
        mean_tokens=rounded(sum(map(len, rows)) / len(texts), 1),
        p50_ms=rounded(np.quantile(lone, 0.5), 2),
        p95_ms=rounded(np.quantile(lone, 0.95), 2),
        memory_mb=rounded(memory_mb(folder), 1),
        machine=machine()["processor"],
    )


def memory_mb(folder: Path) -> float:
    """The most that a process of its own had resident, after it loaded the model and ran full batches.

    Raises `ModelError` where it does not run.
    """
    command = [sys.executable, "-m", "models.training.judge.resident", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModelError(f"{folder}: does not run by itself: {done.stderr.strip().splitlines()[-1:]}")
    return float(done.stdout)


def posts() -> list[str]:
    """Made-up posts of common words."""
    chance, words = random.Random(0), WORDS.split()
    return [" ".join(chance.choices(words, k=LENGTHS[index % len(LENGTHS)])) for index in range(TEXTS)]


def _seconds(graph: Graph, texts: Sequence[str]) -> float:
    """Of tokenising and scoring all, the best of a few rounds."""
    best = np.inf
    for _ in range(ROUNDS):
        started = time.process_time()
        graph.logits(texts)
        best = min(best, time.process_time() - started)
    return float(best)


def _lone_ms(graph: Graph, rows: Sequence[Sequence[int]]) -> list[float]:
    times = []
    for row in rows:
        started = time.process_time()
        graph.run([row])
        times.append((time.process_time() - started) * 1000)
    return times
