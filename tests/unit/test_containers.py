"""`compose.yaml` and `deploy/Dockerfile`: every command exists, every path is there, nobody runs as root."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from moderation.cli.main import command as moderation
from moderation.settings import known_names
from streams.stages import STAGES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "moderation-pipeline"}
LANES = {name: service for name, service in OURS.items() if service["command"][0] == "worker"}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continuation lines joined, comments dropped."""
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def final_stage() -> list[tuple[str, str]]:
    found = instructions()
    last = max(place for place, (name, _) in enumerate(found) if name == "FROM")
    return found[last:]


def only(name: str) -> str:
    """The arguments of the one instruction of this name in the final stage."""
    [arguments] = [arguments for found, arguments in final_stage() if found == name]
    return arguments


def assert_is_a_command(arguments: list[str]) -> None:
    """Runs it as far as can be without a broker: a worker is only asked for its health."""
    if arguments[0] == "worker":
        asked = arguments if "--health" in arguments else [*arguments, "--health"]
        result = CliRunner().invoke(moderation, asked, env={"MODERATION_KAFKA_GROUP_PREFIX": "test-containers"})
        assert result.exit_code == 1, result.output
        assert "no sign of life" in result.output
    else:
        result = CliRunner().invoke(moderation, [*arguments, "--help"])  # unknown verbs and options fail before help
        assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", OURS)
def test_the_command_of_every_service_exists(name: str) -> None:
    assert_is_a_command(OURS[name]["command"])


@pytest.mark.parametrize("arguments", [["worker", "--lanes", "texts"], ["topics", "apply", "--now"], ["toppics"]])
def test_a_command_that_does_not_exist_is_noticed(arguments: list[str]) -> None:
    with pytest.raises(AssertionError):
        assert_is_a_command(arguments)


def test_every_stage_of_the_pipeline_has_one_service() -> None:
    lanes = [service["command"] for service in LANES.values()]
    assert sorted(lanes) == sorted(["worker", "--lanes", stage] for stage in STAGES)


@pytest.mark.parametrize("name", LANES)
def test_the_health_check_of_a_lane_asks_for_that_lane(name: str) -> None:
    program, executable, *arguments = LANES[name]["healthcheck"]["test"]
    assert [program, executable] == ["CMD", "moderation"]
    assert arguments == [*LANES[name]["command"], "--health"]
    assert_is_a_command(arguments)


@pytest.mark.parametrize("name", LANES)
def test_a_lane_starts_when_kafka_answers_and_the_topics_are_there(name: str) -> None:
    conditions = {dependency: how["condition"] for dependency, how in LANES[name]["depends_on"].items()}
    assert conditions == {"kafka": "service_healthy", "topics": "service_completed_successfully"}
    assert LANES[name]["restart"] == "unless-stopped"


def test_the_text_lane_has_a_session_for_each_core_it_may_use() -> None:
    limits = SERVICES["text"]["deploy"]["resources"]["limits"]
    assert SERVICES["text"]["environment"]["MODERATION_SESSIONS"] == limits["cpus"]


def test_kafka_has_a_health_check() -> None:
    assert SERVICES["kafka"]["healthcheck"]["test"][0] == "CMD"


def test_containers_find_kafka_at_an_address_that_it_advertises() -> None:
    kafka = SERVICES["kafka"]["environment"]
    advertised = dict(entry.split("://") for entry in kafka["KAFKA_ADVERTISED_LISTENERS"].split(","))
    listeners = dict(entry.split("://") for entry in kafka["KAFKA_LISTENERS"].split(","))
    inside = {service["environment"]["MODERATION_KAFKA_BOOTSTRAP"] for service in OURS.values()}
    assert inside == {advertised["INTERNAL"]}
    host, published, port = SERVICES["kafka"]["ports"][0].split(":")
    assert (host, advertised["HOST"]) == ("127.0.0.1", f"localhost:{published}")
    for name, address in advertised.items():
        assert listeners[name].endswith(f":{address.rpartition(':')[2]}")
    assert listeners["HOST"] == f":{port}"


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_a_service_is_one_that_the_program_knows(name: str) -> None:
    assert set(OURS[name]["environment"]) <= set(known_names())


@pytest.mark.parametrize("name", SERVICES)
def test_every_folder_that_a_service_mounts_or_builds_from_exists(name: str) -> None:
    build = SERVICES[name].get("build")
    if build:
        assert (ROOT / build["context"] / build["dockerfile"]).is_file()
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert (ROOT / source).is_dir() if source.startswith(".") else source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", LANES)
def test_docker_waits_longer_for_a_lane_to_stop_than_the_lane_takes(name: str) -> None:
    assert int(LANES[name]["stop_grace_period"].removesuffix("s")) > 10


@pytest.mark.skipif(
    shutil.which("docker") is None
    or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0,
    reason="no docker client with compose here",
)
def test_docker_compose_accepts_the_file() -> None:
    done = subprocess.run(["docker", "compose", "config", "--quiet"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_image_runs_as_a_user_with_a_number_that_is_not_root() -> None:
    user, _, group = only("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_the_default_command_of_the_image_exists_and_its_health_check_asks_for_the_same_lanes() -> None:
    assert json.loads(only("ENTRYPOINT")) == ["moderation"]
    default = json.loads(only("CMD"))
    assert_is_a_command(default)
    [_, *health] = json.loads(only("HEALTHCHECK").partition(" CMD ")[2])
    assert health == [*default, "--health"]


def test_the_final_stage_has_neither_compiler_nor_installer() -> None:
    assert "RUN" not in [name for name, _ in final_stage()]
    copies = [arguments.split() for name, arguments in final_stage() if name == "COPY"]
    assert [words for words in copies if words[0] == "--from=build"] == [
        ["--from=build", "/opt/moderation", "/opt/moderation"],
        ["--from=build", f"--chown={only('USER')}", "/data", "/data"],  # empty
    ]
    assert ("RUN", "mkdir /data") in instructions()


def test_the_desk_keeps_its_database_where_its_user_may_write() -> None:
    desk = SERVICES["desk"]
    assert "sqlite:////data/" in desk["environment"]["MODERATION_DESK_DATABASE"]
    assert "desk:/data" in desk["volumes"]
    assert desk["healthcheck"]["test"][1:] == ["moderation", *desk["command"], "--health"]


def test_everything_that_the_image_is_built_from_exists_and_is_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    copied = [words.split() for name, words in instructions() if name == "COPY" and "--from" not in words]
    sources = {source for words in copied for source in words[:-1]}
    for source in sources:
        assert (ROOT / source).exists(), source
    assert {source.rstrip("/") for source in sources} == sent


def test_every_package_in_the_image_comes_from_a_hashed_requirement_file() -> None:
    for name, arguments in instructions():
        for step in arguments.split("&&") if name == "RUN" else []:
            words = shlex.split(step)
            if "install" not in words or words[-1].startswith("/dist/") or words[0] == "apt-get":
                continue
            assert "--require-hashes" in words, step
            files = [words[place + 1] for place, word in enumerate(words) if word == "--requirement"]
            assert files, step
            for wanted in files:
                for accelerator in ("cpu", "gpu"):
                    assert (ROOT / wanted.replace("${ACCELERATOR}", accelerator)).is_file(), wanted


def test_the_image_has_every_package_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    copied = {words.split()[0].rstrip("/") for name, words in instructions() if name == "COPY"}
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= copied


def test_the_policy_of_the_settings_stands_where_the_image_looks_for_it() -> None:
    assert only("WORKDIR") == "/app"
    assert "policies/ /app/policies/" in [words for name, words in final_stage() if name == "COPY"]
