"""Fine-tuning on some of the pictures, and scoring others."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from models.media.decoding.decoded import Pixels
from models.training.pictures.augment import Augmentation
from models.training.pictures.reading import Picture
from models.training.pictures.recipe import PictureRecipe
from models.training.pictures.squeezenet import SqueezeNet

_NAMES_WEIGHT = 0.5
"""Of the head of exact labels in the loss."""


def fit(
    net: SqueezeNet,
    chosen: Sequence[Picture],
    names: Sequence[str],
    recipe: PictureRecipe,
    seed: int,
    told: Callable[[float, float], None],
) -> None:
    """Train all weights on these pictures. `told` hears the share that is done and the loss."""
    plan = recipe.plan
    targets = targets_of(chosen, recipe)
    places = torch.tensor([names.index(picture.label) for picture in chosen])
    steps = max(2, round(plan.passes * len(chosen) / plan.batch))
    torch.manual_seed(seed)
    heads = [*net.categories.parameters(), *net.names.parameters()]
    own = {id(each) for each in heads}
    groups = [{"params": [each for each in net.parameters() if id(each) not in own]}, {"params": heads}]
    optimizer = torch.optim.AdamW(groups, weight_decay=plan.weight_decay)
    rates = [plan.learning_rate, 10 * plan.learning_rate]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.15)
    net.train()
    for step, (rows, pixels) in enumerate(_batches(chosen, targets, recipe, steps, seed)):
        with torch.autocast("cpu", torch.bfloat16):
            logits, named = net.both(torch.from_numpy(pixels))
        loss = functional.binary_cross_entropy_with_logits(logits.float(), torch.from_numpy(targets[rows]))
        loss = loss + _NAMES_WEIGHT * functional.cross_entropy(named.float(), places[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        told((step + 1) / steps, loss.item())
    net.eval()


def targets_of(chosen: Sequence[Picture], recipe: PictureRecipe) -> NDArray[np.float32]:
    """Shape (pictures, categories), 1.0 where the label counts as the category."""
    return np.array(
        [[float(picture.label in labels) for labels in recipe.labels.values()] for picture in chosen], np.float32
    )


def logits_of(net: SqueezeNet, served: Sequence[Pixels], batch: int = 64) -> NDArray[np.float64]:
    """Shape (pictures, categories)."""
    with torch.inference_mode():
        parts = [
            net(torch.from_numpy(np.stack(served[start : start + batch]))) for start in range(0, len(served), batch)
        ]
    return torch.cat(parts).double().numpy()


def _batches(
    chosen: Sequence[Picture], targets: NDArray[np.float32], recipe: PictureRecipe, steps: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], Pixels]]:
    """Rows and their pixels; the next batch is drawn while one is trained on."""
    plan = recipe.plan
    backgrounds = [picture.working for picture in chosen if picture.label == recipe.background]
    augmentation = Augmentation(recipe.size, backgrounds, plan.pasted_share, seed)
    chance = np.random.default_rng(seed)
    weights = np.where(targets.any(1), plan.positive_weight, 1.0)
    weights /= weights.sum()

    def drawn() -> tuple[NDArray[np.int64], Pixels]:
        rows = chance.choice(len(chosen), plan.batch, p=weights)
        return rows, np.stack([augmentation(chosen[row].working) for row in rows])

    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(drawn)
        for _ in range(steps):
            batch, coming = coming.result(), thread.submit(drawn)
            yield batch
