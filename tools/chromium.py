"""Find a Chromium for tests/browser, and install Debian's where there is none and we may. Standard library only.

`python tools/chromium.py` prints its path. `CHROMIUM` in the environment names another.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find() -> str | None:
    """The path of a Chromium or Chrome of this machine."""
    for program in filter(None, (os.environ.get("CHROMIUM"), *PROGRAMS, str(_MAC))):
        if path := shutil.which(program):
            return path
    return None


def _install() -> None:
    """From Debian's packages, as root or where sudo asks for nothing."""
    apt = shutil.which("apt-get")
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if apt is None or (become and shutil.which("sudo") is None):
        return
    print("setup: installing Chromium from the system's packages, for tests/browser", file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run([*become, apt, *arguments], env=quiet, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        if done.returncode != 0:
            return


def main() -> str:
    """The path; installs first where there is none. Exits with a message where that fails."""
    found = find()
    if found is None:
        _install()
        found = find()
    if found is None:
        sys.exit(
            "error: tests/browser needs Chromium; install it (Debian: apt install chromium; Fedora: dnf install "
            "chromium; macOS: brew install --cask google-chrome), or name one in CHROMIUM, and run make again"
        )
    return found


if __name__ == "__main__":
    print(main())
