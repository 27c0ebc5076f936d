"""A text model in ONNX with its tokenizer, served from its folder."""

from collections.abc import Sequence
from pathlib import Path

from models import manifest
from models.runtime.classifier import Array, Prepared, Row
from models.runtime.served import Served
from models.text.feeds import feeds
from models.text.tokens import Windows
from moderation.errors import ModelError
from moderation.settings import Settings

_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}


class OnnxTextClassifier(Served):
    """`models.runtime.classifier.Classifier` over ONNX Runtime: `input_ids` and `attention_mask` to logits."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Raises `ModelError` for a folder that cannot be served as the settings ask."""
        spec = manifest.load(folder)
        if spec.modality != "text" or spec.tokenizer is None:
            raise ModelError(f"{folder / 'manifest.yaml'}: not a text model with a tokenizer")
        self.pad_to_multiple_of = spec.tokenizer.pad_to_multiple_of
        self._windows = Windows(folder, spec.tokenizer)
        super().__init__(folder, spec, settings)
        self._check(folder / spec.file)

    @property
    def batch_tokens(self) -> int:
        stated = self.manifest.runtime.batch_tokens
        return stated.get("cpu", 500) if self.provider == "cpu" else stated.get("gpu", 16_000)

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        return self._windows(texts)

    def run(self, rows: Sequence[Row], session: int) -> Array:
        fed = feeds(rows, self._windows.pad_id, self.pad_to_multiple_of, self._sessions.inputs)
        return self._sessions.run(fed, session)

    def _check(self, path: Path) -> None:
        """One short run on every session: also what is compiled at first use is compiled now."""
        if not {"input_ids", "attention_mask"} <= set(self._sessions.inputs) <= _INPUTS:
            raise ModelError(
                f"{path}: has inputs {', '.join(self._sessions.inputs)}; a text model has input_ids, "
                "attention_mask and, if it needs them, token_type_ids"
            )
        row = self.prepare(["hello"])[0].rows[0]
        for session in range(self.sessions):
            try:
                shape = self.run([row, row], session).shape
            except Exception as error:
                raise ModelError(f"{path}: does not run: {' '.join(str(error).split())}") from error
            if shape != (2, len(self.manifest.labels)):
                raise ModelError(
                    f"{path}: gives an output of shape {shape} for 2 texts; "
                    f"the manifest names {len(self.manifest.labels)} labels, so (2, {len(self.manifest.labels)}) is due"
                )
