"""rapidocr's detector and recogniser, with the models of its package and nothing else.

Every model is named by its path, and its content is checked against the hash that rapidocr publishes. rapidocr
fetches a model only where no path is given, so it never does: what is missing is an error.
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.runtime.providers import Provider
from moderation.errors import MissingDependency, ModelError

Quad = npt.NDArray[np.float32]
"""Corners in pixels, shape (4, 2): top left, top right, bottom right, bottom left of the box as the picture has it."""

_PROVIDERS: dict[str, Provider] = {"CPUExecutionProvider": "cpu", "CUDAExecutionProvider": "cuda"}
_PARTS = ("Det", "Rec")
_TRIED = 8
"""Lines; where none of these is clear upside down, no others are tried."""
_TALL = 1.5
"""rapidocr turns a crop that is so much higher than wide by 90 degrees."""
CLEAR = 0.9
"""Confidence; lines of less are read upside down, too, and the better reading counts. rapidocr's own classifier of
turned lines takes one in six long lines for turned, which then cannot be read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line as the recogniser read it. `along` is the direction of reading, a unit vector in the picture."""

    text: str
    confidence: float
    quad: Quad
    along: npt.NDArray[np.float32]


class Engine:
    """One session of each model. Used by one thread at a time."""

    def __init__(self, use_cuda: bool = False, models: Path | None = None) -> None:
        """`models` is the folder of the models, rapidocr's own by default. Raises `ModelError`."""
        rapidocr = _rapidocr()
        configuration = _configuration(models or Path(rapidocr.__file__).parent / "models", use_cuda)
        if use_cuda:
            import onnxruntime

            onnxruntime.preload_dlls()  # the CUDA and cuDNN wheels of the 'gpu' extra lie where no loader looks
        try:
            self._detector = rapidocr.ch_ppocr_det.TextDetector(configuration.Det)
            self._recogniser = rapidocr.ch_ppocr_rec.TextRecognizer(configuration.Rec)
        except Exception as error:
            raise ModelError(f"rapidocr's models cannot be loaded: {' '.join(str(error).split())}") from error
        self._input = rapidocr.ch_ppocr_rec.TextRecInput
        sessions = [part.session.session for part in (self._detector, self._recogniser)]
        self.providers = tuple(_PROVIDERS[session.get_providers()[0]] for session in sessions)
        """What each of the two models really runs on."""

    def boxes(self, picture: npt.NDArray[np.uint8], longest: int) -> list[Quad]:
        """Where there may be text in a BGR picture, looked at with its longer side as `longest` pixels."""
        self._detector.limit_side_len = longest
        height, width = picture.shape[:2]
        scale = longest / max(height, width)
        if scale > 1:  # rapidocr only shrinks
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
        found = self._detector(picture).boxes
        if found is None:
            return []
        return [np.asarray(quad, np.float32) / max(scale, 1.0) for quad in found]

    def read(self, picture: npt.NDArray[np.uint8], quads: list[Quad]) -> list[Found]:
        """What stands in each box, in order: also in those where nothing does, with an empty text."""
        if not quads:
            return []
        from rapidocr.utils.process_img import get_rotate_crop_image

        crops = [get_rotate_crop_image(picture, quad.copy()) for quad in quads]
        upright = self._texts(crops)
        turned = self._upside_down(crops, upright)
        found = []
        for index, quad in enumerate(quads):
            text, confidence = turned.get(index, upright[index])
            found.append(Found(text, confidence, quad, _along(quad, index in turned)))
        return found

    def _upside_down(
        self, crops: list[npt.NDArray[np.uint8]], upright: list[tuple[str, float]]
    ) -> dict[int, tuple[str, float]]:
        """What is read better with the lines turned by 180 degrees, by their place."""
        doubtful = [index for index, (_, confidence) in enumerate(upright) if confidence < CLEAR]
        better: dict[int, tuple[str, float]] = {}
        for part in (doubtful[:_TRIED], doubtful[_TRIED:]):
            texts = self._texts([np.rot90(crops[index], 2) for index in part])
            better |= {index: read for index, read in zip(part, texts, strict=True) if read[1] > upright[index][1]}
            if not any(confidence >= CLEAR for _, confidence in better.values()):
                break
        return better

    def _texts(self, crops: list[npt.NDArray[np.uint8]]) -> list[tuple[str, float]]:
        if not crops:
            return []
        read = self._recogniser(self._input(img=crops))
        return [(text, float(confidence)) for text, confidence in zip(read.txts, read.scores, strict=True)]


def _along(quad: Quad, upside_down: bool) -> npt.NDArray[np.float32]:
    top_left, top_right, bottom_right, _ = quad
    width, height = np.linalg.norm(top_right - top_left), np.linalg.norm(bottom_right - top_right)
    along = bottom_right - top_right if int(height) >= _TALL * int(width) else top_right - top_left
    length = float(np.linalg.norm(along)) or 1.0
    unit: npt.NDArray[np.float32] = along / length
    return -unit if upside_down else unit


def _configuration(folder: Path, use_cuda: bool) -> Any:
    """rapidocr's defaults with our sessions, and the paths of the models."""
    from rapidocr.main import DEFAULT_CFG_PATH
    from rapidocr.utils.parse_parameters import ParseParams

    own: dict[str, Any] = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "EngineConfig.onnxruntime.use_cuda": use_cuda,
        # Pictures are of all sizes, and the default tries every algorithm anew for each: seconds a picture.
        "EngineConfig.onnxruntime.cuda_ep_cfg.cudnn_conv_algo_search": "HEURISTIC",
        "Det.limit_type": "max",
        # One by one is 1.6 times as fast on a CPU as by six, padded to the longest, and takes half the memory.
        "Rec.rec_batch_num": 6 if use_cuda else 1,
    }
    configuration = ParseParams.update_batch(ParseParams.load(DEFAULT_CFG_PATH), own)
    for name in _PARTS:
        part = configuration[name]
        part.model_path = str(_checked(part, folder))
        part.engine_cfg = configuration.EngineConfig.onnxruntime
    configuration.Rec.font_path = None
    return configuration


def _checked(part: Any, folder: Path) -> Path:
    """The file of a model. Raises `ModelError` where it is missing or another than rapidocr published."""
    from rapidocr.inference_engine.base import FileInfo, InferSession

    published = InferSession.get_model_url(
        FileInfo(part.engine_type, part.ocr_version, part.task_type, part.lang_type, part.model_type)
    )
    path = folder / Path(published["model_dir"]).name
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read: {error.strerror}. It comes with the package `rapidocr`: install that again"
        ) from error
    if digest != published["SHA256"]:
        raise ModelError(f"{path}: not the file that rapidocr published: sha256 {digest}; install `rapidocr` again")
    return path


def _rapidocr() -> Any:
    """The package, quiet: it logs to the standard error by itself, every model and every empty picture."""
    try:
        import rapidocr.main
    except ImportError as error:
        raise MissingDependency(f"text in pictures needs `rapidocr` and ONNX Runtime: {error}") from error
    logger = logging.getLogger("RapidOCR")
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.WARNING)
    return rapidocr
