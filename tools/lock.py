"""Recompile `requirements/*.txt` from `pyproject.toml`: every file pinned, hashed, for all platforms.

`python tools/lock.py [--upgrade]`. Without `--upgrade` pins stay as they are wherever they still fit. The files
name neither an index nor a path, so they can be used with any mirror.
"""

import subprocess
import sys
import tomllib

from environment import ROOT, SetupError, find_uv

REQUIREMENTS = ROOT / "requirements"


def lock(name: str, wanted: list[str], *options: str) -> None:
    """Compile one file from a list of requirements. Raises `CalledProcessError` with uv's reason on stderr."""
    path = REQUIREMENTS / f"{name}.txt"
    flags = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header"]
    # Wheels only: a fresh machine has no compiler.
    command = [find_uv(), "pip", "compile", "-", *flags, "--no-build", "--quiet", "--output-file", str(path), *options]
    subprocess.run(command, cwd=ROOT, input="\n".join(wanted), text=True, check=True, stdout=subprocess.DEVNULL)
    print(f"{path.relative_to(ROOT)}: {path.read_text().count('==')} packages")


def main() -> None:
    upgrade = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    base, extras = pyproject["project"]["dependencies"], pyproject["project"]["optional-dependencies"]
    shared = ["--constraint", str(REQUIREMENTS / "run-cpu.txt")]  # installed together: one version of everything
    lock("uv", ["uv>=0.8"], *upgrade)
    lock("run-cpu", base + extras["cpu"], *upgrade)
    lock("run-gpu", base + extras["gpu"], *shared, *upgrade)
    lock("build", pyproject["build-system"]["requires"], *shared, *upgrade)
    lock("dev", extras["dev"] + pyproject["build-system"]["requires"], *shared, *upgrade)
    lock("java", extras["java"], *shared, *upgrade)
    lock("hashes", extras["hashes"], *shared, *upgrade)
    # Environments of their own, whose heavy packages hold some of ours back.
    lock("bench", base + extras["cpu"] + extras["bench"], *upgrade)
    tested = extras["ray"] + extras["hashes"] + extras["dev"]
    lock("train", base + extras["cpu"] + extras["train"] + tested, *upgrade)


if __name__ == "__main__":
    try:
        main()
    except (SetupError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
