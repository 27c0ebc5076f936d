"""Fine-tuning of a pretrained encoder with one loss per head, masked where a set says nothing."""

import json
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, PreTrainedModel
from transformers.utils import logging

from models.text.emoji_names import spelled
from models.training.batches import bucketed, padded, tokenizer_at
from models.training.dataset import Texts
from models.training.plan import Plan
from models.training.progress import Progress


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and what it took: minutes of training, and texts seen (one seen twice counts twice)."""

    model: PreTrainedModel
    minutes: float
    seen: int


def model_from(folder: Path, heads: Sequence[str]) -> PreTrainedModel:
    """A classifier over `heads`; its last layer is new where `folder` holds a bare encoder."""
    logging.disable_progress_bar()
    logging.set_verbosity_error()  # that the last layer is new is no news
    model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=len(heads), id2label=dict(enumerate(heads)), label2id={h: i for i, h in enumerate(heads)}
    )
    return model


def token_ids(tokenizer: Path, texts: list[str], max_length: int) -> list[list[int]]:
    """What the model is shown of normalised texts in training: the first window of what it is shown in serving."""
    read = [spelled(text).text for text in texts]
    return [encoding.ids for encoding in tokenizer_at(tokenizer, max_length).encode_batch_fast(read)]


def fine_tune(texts: Texts, plan: Plan, out: Path, base: Path, tokenizer: Path, progress: Progress) -> Trained:
    """Train by the plan, from the weights in the folder `base`.

    A run that was killed goes on from its last checkpoint in `out`, and ends as it would have ended.
    """
    torch.manual_seed(plan.seed)
    model = model_from(base, texts.heads)
    if plan.freeze_embeddings:
        model.get_input_embeddings().requires_grad_(False)
    optimizer = _optimizer(model, plan)
    state = _State(out / "checkpoint.pt", model, optimizer)
    if state.restore():
        progress.say(f"going on at {state.seconds / 60:.1f} min, epoch {state.epoch}")
    sequences = token_ids(tokenizer, texts.texts, plan.max_length)
    lengths = [len(ids) for ids in sequences]
    progress.say(f"{len(texts):,} texts, {sum(lengths):,} tokens")
    model.train()
    losses: deque[float] = deque(maxlen=200)
    saved = state.seconds
    while True:
        batches = bucketed(lengths, plan.batch_tokens, random.Random(f"{plan.seed} {state.epoch}"))
        for batch in batches[state.batch :]:
            started = time.monotonic()
            done = plan.progress(state.epoch + state.batch / len(batches), state.seconds)
            if done >= 1:
                state.save()
                return Trained(model, state.seconds / 60, state.posts)
            for group in optimizer.param_groups:
                group["lr"] = plan.learning_rate * min(done / plan.warm_up, (1 - done) / (1 - plan.warm_up))
            losses.append(_step(model, optimizer, [sequences[i] for i in batch], texts, batch))
            state.batch += 1
            state.posts += len(batch)
            state.seconds += time.monotonic() - started
            progress.at(
                done,
                f"{state.seconds / 60:.1f} min, epoch {state.epoch} {state.batch / len(batches):.0%}, "
                f"loss {np.mean(losses):.4f}, {state.posts / state.seconds:.0f} posts/s",
            )
            if state.seconds - saved > plan.checkpoint_minutes * 60:
                saved = state.seconds
                state.save()
        state.epoch, state.batch = state.epoch + 1, 0


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

    def restore(self) -> bool:
        """Go back to the checkpoint, if there is one."""
        if self.path.exists():
            kept = torch.load(self.path, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.optimizer.load_state_dict(kept["optimizer"])
            torch.set_rng_state(kept["chance"])
            self.seconds, self.epoch, self.batch, self.posts = json.loads(kept["where"])
            return True
        return False

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        where = json.dumps([self.seconds, self.epoch, self.batch, self.posts])
        kept = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "chance": torch.get_rng_state(),
            "where": where,
        }
        partial = self.path.with_suffix(".partial")
        torch.save(kept, partial)
        partial.replace(self.path)
