"""`python -m models.training.judge.resident FOLDER`: prints the most MB that serving one session has resident."""

import re
import resource
import sys
from pathlib import Path

from models import manifest
from models.text.onnx import OnnxTextClassifier
from moderation.settings import Settings


def main() -> None:
    """Load the model and run full batches of long and of short windows; the process is then at its peak."""
    folder = Path(sys.argv[1])
    classifier = OnnxTextClassifier(folder, Settings(provider="cpu", sessions=1))
    tokenizer = manifest.load(folder).tokenizer
    assert tokenizer is not None  # the classifier has refused other models
    [prepared] = classifier.prepare(["a text that is longer than one window " * tokenizer.max_length])
    for length in (tokenizer.max_length, 16, 8):
        rows = [row[:length] for row in prepared.rows[:1]]
        classifier.run(rows * max(1, classifier.batch_tokens // length), 0)
    print(peak_mb())


def peak_mb() -> float:
    """The most that this process had resident, in MB of a million bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not `ru_maxrss`: Linux hands that on from the process that started this one.
        [kilobytes] = re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text(encoding="utf-8"), re.MULTILINE)
        return int(kilobytes) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts in bytes


if __name__ == "__main__":
    main()
