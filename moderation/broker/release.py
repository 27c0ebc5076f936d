"""The Kafka release that `moderation broker` runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """A version of Apache Kafka; sizes in MB, `sha512` of the archive named `archive`."""

    version: str
    sha512: str
    jars_mb: int
    archive_mb: int

    @property
    def main_jar(self) -> str:
        """The jar that no working set lacks."""
        return f"kafka_2.13-{self.version}.jar"

    @property
    def archive(self) -> str:
        """Path of the release archive below the base address of Apache's archive."""
        return f"{self.version}/kafka_2.13-{self.version}.tgz"


KAFKA = Release(
    version="4.1.2",
    # As Apache publishes it next to the archive; also in strimzi-kafka-operator's kafka-versions.yaml.
    sha512=(
        "78ac6e488b1071122f9608dfdb363f6fe50e1dbbc492347002c0398dfbf77e0d"
        "8caa5bf794c5937379721004dfe92025937d238b0faf4eb715529417fd43b491"
    ),
    jars_mb=43,
    archive_mb=127,
)
