"""`tools/chromium.py`: the machine's browser is found, or installed, or a person is told how."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "chromium.py"

APT = """#!/bin/sh
echo "$*" >> "{folder}/asked"
[ "$1" = install ] || exit 0
printf '#!/bin/sh\\n' > "{folder}/chromium"
chmod +x "{folder}/chromium"
"""


def run(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The tool where only the programs of this folder can be found."""
    return subprocess.run(
        [sys.executable, str(TOOL)], env={"PATH": str(folder), **environment}, capture_output=True, text=True
    )


def program(folder: Path, name: str, text: str = "#!/bin/sh\n") -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_browser_of_the_machine_is_named(tmp_path: Path) -> None:
    there = program(tmp_path, "google-chrome")
    assert run(tmp_path).stdout.strip() == str(there)


def test_a_named_browser_comes_before_the_one_of_the_machine(tmp_path: Path) -> None:
    program(tmp_path, "chromium")
    other = program(tmp_path, "my-browser")
    assert run(tmp_path, CHROMIUM=str(other)).stdout.strip() == str(other)


def test_without_browser_and_packages_a_person_is_told_what_to_install(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 1
    assert "tests/browser needs Chromium; install it (Debian: apt install chromium" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="installs as root only, or where sudo never asks")
def test_root_gets_chromium_from_the_systems_packages(tmp_path: Path) -> None:
    text = APT.format(folder=tmp_path).replace("chmod", "/bin/chmod")
    program(tmp_path, "apt-get", text)
    done = run(tmp_path)
    assert done.stdout.strip() == str(tmp_path / "chromium")
    assert "install -qq -y --no-install-recommends chromium" in (tmp_path / "asked").read_text()
