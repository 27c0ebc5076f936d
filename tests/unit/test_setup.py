"""`make setup`: the right requirement files for the machine, nothing twice. uv is replaced by a script that notes
what it was asked for; the real one is run by every `make`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = """#!/bin/sh
[ "$1" = --version ] && echo "uv 0.9.0" && exit
echo "$*" >> "{log}"
for last in "$@"; do :; done
[ "$1" = venv ] && mkdir -p "$last/bin" && ln -s "{python}" "$last/bin/python"
exit 0
"""


class Machine:
    """A copy of the project's outside in a folder, and a PATH with only the programs that were put on it."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self._programs = folder / "bin"
        self._log = folder / "uv.log"
        self._programs.mkdir()
        self.project.mkdir()
        for name in ("tools", "requirements"):
            shutil.copytree(ROOT / name, self.project / name)
        shutil.copy(ROOT / "pyproject.toml", self.project)
        self.has("uv", UV.format(log=self._log, python=sys.executable))

    def has(self, program: str, script: str) -> None:
        path = self._programs / program
        path.write_text(script)
        path.chmod(0o755)

    def setup(self, name: str = "main", **environment: str) -> list[str]:
        """Runs it; what uv was asked for."""
        self._log.write_text("")
        path = f"{self._programs}{os.pathsep}/usr/bin{os.pathsep}/bin"
        done = subprocess.run(
            [sys.executable, str(self.project / "tools" / "environment.py"), name],
            env={"PATH": path, "JAVA_HOME": "", "CXX": "no-compiler"} | environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return self._log.read_text().splitlines()

    def files(self, **environment: str) -> list[str]:
        """The requirement files that are installed."""
        [sync] = [line for line in self.setup(**environment) if line.startswith("pip sync")]
        assert "--require-hashes" in sync
        return [word.removeprefix("requirements/") for word in sync.split() if word.endswith(".txt")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.has("java", "#!/bin/sh\necho 'openjdk version \"21.0.1\"' >&2\n")
    machine.has("nvidia-smi", "#!/bin/sh\nexit 9\n")
    return machine


def test_an_environment_is_made_from_hashed_files_and_the_project_is_installed_into_it(machine: Machine) -> None:
    asked = machine.setup()
    assert [line.split()[:2] for line in asked] == [["venv", "--quiet"], ["pip", "sync"], ["pip", "install"]]
    assert "--no-deps --no-build-isolation --editable ." in asked[-1]


def test_an_environment_that_is_up_to_date_is_left_alone(machine: Machine) -> None:
    machine.setup()
    assert machine.setup() == []


def test_a_changed_requirement_file_is_installed_into_the_same_environment(machine: Machine) -> None:
    machine.setup()
    with (machine.project / "requirements" / "dev.txt").open("a") as file:
        file.write("# changed\n")
    assert [line.split()[:2] for line in machine.setup()] == [["pip", "sync"], ["pip", "install"]]


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.setup()
    python = machine.project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert machine.setup()[0].startswith("venv")


def test_a_machine_without_a_gpu_gets_the_plain_runtime(machine: Machine) -> None:
    assert machine.files() == ["run-cpu.txt", "dev.txt"]


@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine != "x86_64", reason="ONNX Runtime for CUDA is not")
def test_a_machine_with_an_nvidia_gpu_gets_cuda_unless_it_declines_or_its_driver_is_too_old(machine: Machine) -> None:
    machine.has("nvidia-smi", "#!/bin/sh\necho 580.65.06\n")
    assert machine.files() == ["run-gpu.txt", "dev.txt"]
    assert machine.files(GPU="no") == ["run-cpu.txt", "dev.txt"]
    machine.has("nvidia-smi", "#!/bin/sh\necho 550.54.15\n")
    assert machine.files() == ["run-cpu.txt", "dev.txt"]


def test_picture_hashes_are_built_where_there_is_a_compiler(machine: Machine) -> None:
    machine.has("clang++", "#!/bin/sh\n")
    assert machine.files(CXX="clang++") == ["run-cpu.txt", "dev.txt", "hashes.txt"]
    assert machine.files(CXX="g++-99") == ["run-cpu.txt", "dev.txt"]


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.22"])
def test_a_machine_whose_java_is_too_old_gets_one(machine: Machine, version: str) -> None:
    machine.has("java", f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    assert machine.files() == ["run-cpu.txt", "dev.txt", "java.txt"]


def test_the_environment_of_the_benchmarks_is_another_one(machine: Machine) -> None:
    asked = machine.setup("bench")
    assert asked[0].endswith(".venv-bench")
    assert "requirements/bench.txt requirements/build.txt" in asked[1]
