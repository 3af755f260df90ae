"""Kafka Connect and a JDBC sink, by Maven; a worker runs connectors as the files say."""

import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.deploy import maven
from tests.deploy.ending import until_ended
from tests.kafka import jars
from tests.tools import Tool

SINK_VERSION = "3.3.1.Final"
CONVERTER_VERSION = "3.0.9"
MAIN = "org.apache.kafka.connect.cli.ConnectStandalone"


def _fetch(folder: Path) -> None:
    packed = maven.artifact(f"io.debezium:debezium-connector-jdbc:{SINK_VERSION}:tar.gz:plugin", folder)
    with tarfile.open(packed) as plugin:
        plugin.extractall(folder, filter="data")
    shutil.rmtree(folder / "repository")


CONNECT = maven.libraries("connect", "Kafka Connect")
SINK = Tool(
    name="a JDBC sink",
    remedy=maven.REMEDY,
    folder=f"sink-{SINK_VERSION}",
    fetch=_fetch,
    fetched_with=("mvn",),
)


def _fetch_converter(folder: Path) -> None:
    """The converter beside what it runs with. Maven does not find the parent of its description, so that what it
    depends on is asked for by itself."""
    jar = maven.artifact(f"io.apicurio:apicurio-registry-utils-converter:{CONVERTER_VERSION}", folder)
    plugin = folder / "converter"
    shutil.copytree(maven.libraries("converter", "what an Avro converter runs with").fetched(), plugin)
    jar.rename(plugin / jar.name)
    shutil.rmtree(folder / "repository")


CONVERTER = Tool(
    name="an Avro converter",
    remedy=maven.REMEDY,
    folder=f"converter-{CONVERTER_VERSION}",
    fetch=_fetch_converter,
    fetched_with=("mvn",),
)


def with_settings(file: Path, into: Path, settings: Mapping[str, object]) -> Path:
    """A copy of a properties file with other settings: of two with one name the last counts."""
    lines = [file.read_text(encoding="utf-8"), *(f"{name}={value}\n" for name, value in settings.items())]
    copy = into / file.name
    copy.write_text("\n".join(lines), encoding="utf-8")
    return copy


@contextmanager
def worker(libraries: Path, log: Path, settings: Path, *connectors: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with these connectors as long as the block lasts."""
    options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    options += [f"-Dlog4j2.configurationFile={jars.HERE / 'log4j2.properties'}"]
    # The broker's first: its log is another than the one that Connect would bring.
    command = ["java", *options, "-cp", f"{jars.BROKER.fetched()}/*:{libraries}/*", MAIN, str(settings)]
    with log.open("wb") as told:
        process = subprocess.Popen([*command, *map(str, connectors)], stdout=told, stderr=told)
    try:
        yield process
    finally:
        process.terminate()
        until_ended(process)
