"""Kafka's jars in the cache folder: resolved once by Maven, else from the Apache release archive."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from moderation.broker import archive
from moderation.broker.release import KAFKA, Release
from moderation.errors import MissingDependency, ModerationError

_POM = Path(__file__).with_name("pom.xml")


class MavenError(ModerationError):
    """Maven could not resolve the jars."""


def find_jars(cache_dir: Path, archive_base: str, say: Callable[[str], None], release: Release = KAFKA) -> Path:
    """The folder with the jars, filled if need be. Raises `MissingDependency` with what to install.

    It appears by one rename of a finished folder, so processes that fill it at once cannot harm each other.
    """
    folder = cache_dir / "kafka" / release.version
    if (folder / release.main_jar).is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        filling = Path(tempfile.mkdtemp(prefix=f".{release.version}-", dir=folder.parent))
    except OSError as error:
        raise MissingDependency(f"{folder}: cannot be written ({error}); set MODERATION_CACHE_DIR") from error
    try:
        _fill(filling, archive_base, say, release)
        filling.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was faster; what it put there is looked at below
            filling.rename(folder)
    finally:
        shutil.rmtree(filling, ignore_errors=True)
    if not (folder / release.main_jar).is_file():
        raise MissingDependency(f"{folder}: not a complete Kafka; remove that folder and try again")
    return folder


def _fill(target: Path, archive_base: str, say: Callable[[str], None], release: Release) -> None:
    reasons = []
    maven = shutil.which("mvn")
    if maven is None:
        reasons.append("Maven: mvn is not installed")
    else:
        try:
            _resolve(maven, target, say, release)
            return
        except MavenError as error:
            reasons.append(f"Maven: {error}")
            say("Maven could not; trying the release archive")
    try:
        archive.fetch(release, archive_base, target, say)
        if (target / release.main_jar).is_file():
            return
        reasons.append(f"archive: holds no {release.main_jar}")
    except archive.ArchiveError as error:
        reasons.append(f"archive: {error}")
    raise MissingDependency(
        f"Kafka {release.version} could not be fetched\n"
        + "".join(f"  {reason}\n" for reason in reasons)
        + "install Maven (mvn) with access to its repository, or let this machine reach the archive, "
        "or name a mirror of it in MODERATION_BROKER_ARCHIVE\n"
        "without Kafka: moderation run POSTS.jsonl -o DECISIONS.jsonl"
    )


def _resolve(maven: str, target: Path, say: Callable[[str], None], release: Release) -> None:
    """`mvn dependency:copy-dependencies` into `target`, checksums enforced. Raises `MavenError`."""
    say(f"fetching Kafka {release.version} (about {release.jars_mb} MB) with Maven")
    command = [maven, "-B", "-C", "-f", str(_POM), f"-Dkafka.version={release.version}"]
    command += ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
    lines = []
    try:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd=target
        ) as process:
            assert process.stdout is not None
            fetched = 0
            for line in process.stdout:
                lines.append(line.rstrip())
                if "Downloaded from" in line and ".jar " in line:
                    fetched += 1
                    if fetched % 15 == 0:
                        say(f"  {fetched} jars")
    except OSError as error:
        raise MavenError(f"{maven} does not run: {error}") from error
    if process.returncode != 0:
        problem = next((line for line in lines if line.startswith("[ERROR]")), lines[-1] if lines else "no output")
        raise MavenError(problem.removeprefix("[ERROR]").strip()[:300])
    if not (target / release.main_jar).is_file():
        raise MavenError(f"it put no {release.main_jar} into {target}")
