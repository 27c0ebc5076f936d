"""The model with nothing around it: what ONNX Runtime and the tokenizer can do on this machine, at best.

Texts come normalised; timed are tokenising, padding and running. A feeding thread tokenises a window of posts,
sorts its rows by length and forms batches of a bounded number of padded tokens, as `models/runtime` does; each
session has a thread that takes the next batch. There is no Kafka, no JSON, no language, no cache, no result to map.
"""

import itertools
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from benchmarks.stats import steady_rate
from models import manifest
from models.runtime.batcher import batches, padded
from models.runtime.sessions import cores
from models.text.tokens import Windows

WINDOW = 256
_AHEAD = 16  # batches that may wait per session


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """One point of the grid. `tokens` bounds the padded tokens of a batch."""

    sessions: int
    threads: int
    tokens: int

    def __str__(self) -> str:
        return f"{self.sessions} x {self.threads} threads, {self.tokens} tokens"


def grid() -> list[Setting]:
    """All cores as one session, and as sessions of one thread, with batches from small to large."""
    shapes = sorted({(1, cores()), (cores(), 1)})
    return [Setting(*shape, tokens) for shape, tokens in itertools.product(shapes, (250, 500, 1000, 2000))]


class Bare:
    """The model of a folder, loaded as one setting asks."""

    def __init__(self, folder: Path, setting: Setting) -> None:
        spec = manifest.load(folder)
        assert spec.tokenizer is not None
        self.setting = setting
        self._multiple = spec.tokenizer.pad_to_multiple_of
        self._windows = Windows(folder, spec.tokenizer)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = setting.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self._sessions = [
            onnxruntime.InferenceSession(folder / spec.file, options, providers=["CPUExecutionProvider"])
            for _ in range(setting.sessions)
        ]
        self._inputs = {each.name for each in self._sessions[0].get_inputs()}

    def rate(self, texts: Sequence[str]) -> float:
        """Posts per second in the steady state of one pass over the texts."""
        for session in self._sessions:  # what is compiled or allocated at first use
            self._run(self._windows(texts[:1])[0].rows, session)
        return steady_rate(self.times(texts))

    def times(self, texts: Sequence[str]) -> list[float]:
        """When each text was done, in the order they were. Raises what a session raised."""
        todo: queue.Queue[list[tuple[int, Sequence[int]]] | None] = queue.Queue(_AHEAD * len(self._sessions))
        left: list[int] = [0] * len(texts)
        done: list[float] = []
        errors: list[BaseException] = []
        lock = threading.Lock()

        def serve(session: Any) -> None:
            while (batch := todo.get()) is not None:
                if errors:
                    continue
                try:
                    self._run([row for _, row in batch], session)
                except BaseException as error:
                    errors.append(error)
                    continue
                now = time.perf_counter()
                with lock:
                    for place, _ in batch:
                        left[place] -= 1
                        if not left[place]:
                            done.append(now)

        threads = [threading.Thread(target=serve, args=(session,), daemon=True) for session in self._sessions]
        for thread in threads:
            thread.start()
        for start in range(0, len(texts), WINDOW):
            rows: list[tuple[int, Sequence[int]]] = []
            for place, prepared in enumerate(self._windows(texts[start : start + WINDOW]), start):
                left[place] = len(prepared.rows)
                rows += [(place, row) for row in prepared.rows]
            for batch in batches([len(row) for _, row in rows], self.setting.tokens, self._multiple):
                todo.put([rows[index] for index in batch])
        for _ in threads:
            todo.put(None)
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return done

    def _run(self, rows: Sequence[Sequence[int]], session: Any) -> None:
        width = padded(max(map(len, rows)), self._multiple)
        ids = np.zeros((len(rows), width), np.int64)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        feeds = {"input_ids": ids, "attention_mask": (np.arange(width) < lengths[:, None]).astype(np.int64)}
        if "token_type_ids" in self._inputs:
            feeds["token_type_ids"] = np.zeros_like(ids)
        session.run(None, feeds)
