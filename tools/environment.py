"""Make or update an environment from the hashed requirement files. Standard library only: it runs before anything
is installed.

`python tools/environment.py [main | bench | train]`. Does nothing, in milliseconds, where all is up to date.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ATTEMPTS = 3
OLDEST_UV = (0, 5)
OLDEST_CUDA_DRIVER = 580  # what the CUDA 13 libraries in requirements/run-gpu.txt need
FOLDERS = {"main": ".venv", "bench": ".venv-bench", "train": ".venv-train"}
PATIENT = {
    "UV_HTTP_TIMEOUT": "120",
    "UV_HTTP_RETRIES": "5",
    "UV_PYTHON_DOWNLOADS": "never",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "NO_CYTHON": "1",  # Faust has no wheel for Linux on ARM; its source installs without a compiler then
}

COMPILERS = ("c++", "g++", "clang++")

# Measured on Linux x86_64: what a first installation downloads, and what it takes on disk.
SIZES = {
    "run-cpu": "about 470 MB of packages to download, 1.4 GB on disk",
    "run-gpu": "about 2.0 GB of packages to download (CUDA's libraries for the NVIDIA GPU; GPU=no leaves them out)",
    "java": "a Java runtime of 34 MB, because there is no Java 17 or newer here",
    "bench": "about 2.9 GB of packages to download (on Linux, PyTorch comes with CUDA's libraries)",
    "train": "6 GB of packages on disk (on Linux, PyTorch comes with CUDA's libraries)",
}


class SetupError(Exception):
    """Something a person must do first; the message says what."""


def main(name: str) -> None:
    """Bring the environment of this name up to date. Raises `SetupError`."""
    if name not in FOLDERS:
        raise SetupError(f"no environment {name!r}; there are: {', '.join(FOLDERS)}")
    folder = ROOT / FOLDERS[name]
    stamp = folder / ".setup"
    key = _key(name)
    if (folder / "bin" / "python").exists() and stamp.is_file() and stamp.read_text() == key:
        return
    if sys.platform == "darwin" and os.uname().machine == "x86_64":
        raise SetupError(
            "ONNX Runtime is no longer published for Macs with Intel processors; use Linux or compose.yaml"
        )
    files = _files(name)
    if (folder / "bin").exists():
        _say(f"bringing {folder.name} up to date")
    else:
        _say(f"making {folder.name}: {'; '.join(SIZES[file] for file in files if file in SIZES)}")
    requirements = [f"requirements/{file}.txt" for file in files]
    uv = find_uv()
    stamp.unlink(missing_ok=True)
    python = _environment(uv, folder)
    # `sync` also takes out what is no longer wanted: onnxruntime and onnxruntime-gpu must never stand side by side.
    _run([uv, "pip", "sync", "--python", str(python), "--require-hashes", *requirements])
    ourselves = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
    _run([uv, "pip", *ourselves, "--python", str(python)])
    stamp.write_text(key)
    _say(f"{folder.name} is ready")


def find_uv() -> str:
    """The path of a working uv: the machine's, or one fetched into `.bin`. Raises `SetupError`."""
    own = ROOT / ".bin"
    places = [shutil.which("uv"), str(own / "bin" / "uv"), str(own / "venv" / "bin" / "uv")]
    for place in places:
        if place and _uv_version(place) >= OLDEST_UV:
            return place
    _say("fetching uv, the installer, into .bin: 20 MB")
    install = ["install", "--quiet", "--require-hashes", "--retries", "5", "--timeout", "60"]
    wanted = ["--requirement", str(ROOT / "requirements" / "uv.txt")]
    if _works([sys.executable, "-m", "pip", "--version"]):
        _run([sys.executable, "-m", "pip", *install, "--upgrade", "--target", str(own), *wanted])
        return str(own / "bin" / "uv")
    if _works([sys.executable, "-m", "venv", "--clear", str(own / "venv")]):
        _run([str(own / "venv" / "bin" / "python"), "-m", "pip", *install, *wanted])
        return str(own / "venv" / "bin" / "uv")
    raise SetupError(
        f"{sys.executable} has neither pip nor venv, and there is no uv on the PATH; install one of them "
        "(Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip; macOS: brew install uv) "
        "and run make again"
    )


def _key(name: str) -> str:
    """What the environment depends on; another key means installing anew."""
    digest = hashlib.sha256()
    for path in [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "pyproject.toml", Path(__file__)]:
        digest.update(path.read_bytes())
    about = [name, str(ROOT), os.environ.get("GPU", ""), os.environ.get("CXX", "")]
    about += [str(shutil.which(program)) for program in ("java", "nvidia-smi", *COMPILERS)]
    digest.update("\0".join(about).encode())
    return digest.hexdigest()


def _files(name: str) -> list[str]:
    """The requirement files of an environment on this machine."""
    if name == "bench":
        return ["bench", "build"]
    if name == "train":
        return ["train", "build"]
    files = ["run-gpu" if _has_gpu() else "run-cpu", "dev", *([] if _has_java() else ["java"])]
    if _has_compiler():
        return [*files, "hashes"]
    _say("no C++ compiler here, so banks of picture hashes are left out (Debian, Ubuntu: apt install g++)")
    return files


def _has_compiler() -> bool:
    """What pdqhash needs, which is published as source only."""
    named = os.environ.get("CXX")
    return any(shutil.which(program) for program in ([named] if named else COMPILERS))


def _has_gpu() -> bool:
    """Whether the CUDA libraries are worth their gigabytes: an NVIDIA GPU whose driver can run them."""
    if sys.platform != "linux" or os.uname().machine != "x86_64" or os.environ.get("GPU") == "no":
        return False
    drivers = _output(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"])
    found = re.match(r"(\d+)\.", drivers)
    if found and int(found[1]) < OLDEST_CUDA_DRIVER:
        _say(f"the NVIDIA driver {drivers.split()[0]} is older than {OLDEST_CUDA_DRIVER}: models will run on the CPU")
        return False
    return found is not None


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    for java in ([str(Path(home) / "bin" / "java")] if home else []) + ["java"]:
        found = re.search(r'version "(\d+)', _output([java, "-version"]))
        if found and int(found[1]) >= 17:
            return True
    return False


def _environment(uv: str, folder: Path) -> Path:
    """The interpreter of the environment, made where there is none that works."""
    python = folder / "bin" / "python"
    if not _works([str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        if folder.exists():
            shutil.rmtree(folder)
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    return python


def _uv_version(uv: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", _output([uv, "--version"]))[:2])


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


def _output(command: list[str]) -> str:
    """What a program prints on either stream, or nothing where it cannot be run or fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout + done.stderr if done.returncode == 0 else ""


def _run(command: list[str]) -> None:
    """Run an installer, again if it fails: registries have bad moments. Raises `SetupError`."""
    environment = {**PATIENT, **os.environ}
    for attempt in range(1, ATTEMPTS + 1):
        if subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL).returncode == 0:
            return
        # A company's proxy signs with a certificate that only the machine's own store knows.
        environment.setdefault("UV_SYSTEM_CERTS", "true")
        if attempt < ATTEMPTS:
            _say(f"that failed; trying again ({attempt + 1} of {ATTEMPTS})")
            time.sleep(3 * attempt)
    raise SetupError(
        f"{Path(command[0]).name} failed {ATTEMPTS} times, its reason stands above; "
        "if it could not reach the package index, check the network or proxy and run make again"
    )


def _say(line: str) -> None:
    print(f"setup: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "main")
    except SetupError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted: run make again to go on")
