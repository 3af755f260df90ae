"""The generator of clients from OpenAPI documents, and what its Java clients stand on, by Maven."""

import hashlib
import subprocess
from pathlib import Path

from tests.tools import Tool

POM = Path(__file__).with_suffix(".xml")
GENERATOR = "openapi-generator-cli-7.10.0.jar"
FETCH_SECONDS_MAX = 600
MAKE_SECONDS_MAX = 300
OPTIONS = "hideGenerationTimestamp=true,openApiNullable=false"


def _fetch(folder: Path) -> None:
    command = ["mvn", "-B", "-q", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stdout=subprocess.DEVNULL)


OPENAPI_JAVA = Tool(
    name="the OpenAPI generator",
    remedy="on Debian or Ubuntu: apt-get install openjdk-17-jdk-headless maven",
    folder=f"openapi-java-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}",
    fetch=_fetch,
    runs_with=("java", "javac"),
    fetched_with=("mvn",),
)


def made_client(jars: Path, document: Path, into: Path) -> tuple[Path, str]:
    """Make a Java client of a document. Returns the folder of its sources, and the generator's words."""
    command = ["java", "-jar", str(jars / GENERATOR), "generate", "-g", "java", "--library", "native"]
    command += ["-i", str(document), "-o", str(into), f"--additional-properties={OPTIONS}"]
    made = subprocess.run(command, check=True, timeout=MAKE_SECONDS_MAX, capture_output=True, text=True)
    return into / "src" / "main" / "java", made.stdout + made.stderr


def compiled(jars: Path, sources: Path, into: Path) -> str:
    """Compile all of a folder of sources. Returns the compiler's complaints, empty when there is none."""
    files = [str(file) for file in sorted(sources.rglob("*.java"))]
    libraries = ":".join(str(jar) for jar in sorted(jars.glob("*.jar")) if jar.name != GENERATOR)
    command = ["javac", "-proc:none", "-nowarn", "-d", str(into), "-cp", libraries, *files]
    done = subprocess.run(command, check=False, timeout=MAKE_SECONDS_MAX, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr or f"exit code {done.returncode}"
