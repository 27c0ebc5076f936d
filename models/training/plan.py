"""How to train."""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Plan(BaseModel):
    """Until so many `epochs` or `minutes`, whichever is over first; at least one must be given.

    The learning rate rises over the first `warm_up` of that and falls to zero at its end, whatever the machine's
    speed. A run bounded by `epochs` alone is the same on every machine of one kind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: float | None = Field(None, gt=0)
    minutes: float | None = Field(None, gt=0)
    seed: int = Field(0, description="of the new layer and of the order of batches")
    learning_rate: float = Field(1e-4, gt=0)
    warm_up: float = Field(0.04, gt=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)
    batch_tokens: int = Field(2048, ge=16, description="padded tokens of a batch")
    max_length: int = Field(128, ge=8, description="tokens of a text; what is longer is cut in training")
    freeze_embeddings: bool = Field(False, description="leave the table of words as it is")
    checkpoint_minutes: float = Field(5.0, gt=0)

    @model_validator(mode="after")
    def _ends(self) -> "Plan":
        if self.epochs is None and self.minutes is None:
            raise ValueError("it needs epochs or minutes, or it would never end")
        return self

    def progress(self, epochs: float, seconds: float) -> float:
        """How much of the plan is done, 1 at its end."""
        done = [epochs / self.epochs] if self.epochs is not None else []
        return max([*done, seconds / 60 / self.minutes] if self.minutes is not None else done)


class NgramPlan(BaseModel):
    """How a linear model over n-grams of characters is fitted: logistic regression (L2) for each head."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    orders: tuple[int, ...] = Field((1, 2, 3, 4, 5), min_length=1, description="lengths of the n-grams")
    buckets: int = Field(2**20, ge=2, description="rows of the table: a byte for each head and two more")
    least_texts: int = Field(2, ge=1, description="an n-gram in fewer texts owns no bucket")
    strength: float = Field(8.0, gt=0, description="inverse of the regularisation")
    shrinkage: float = Field(1500.0, ge=0, description="added to a text's squared length: short ones lean to the mean")
    most_positive: float = Field(
        0.3, gt=0, lt=1, description="positives weigh so that they are at most this share of a source"
    )
    max_length: int = Field(384, ge=8, description="characters of a window")
