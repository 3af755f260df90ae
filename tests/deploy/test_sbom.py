"""The bill of what is shipped names each package of the lock file, with its version and the hashes it is held to."""

import json
import re
from pathlib import Path

import pytest

from tests.deploy import sbom
from tests.tools import needs


@pytest.fixture(scope="module")
def cyclonedx() -> Path:
    return needs(sbom.CYCLONEDX)


def locked() -> dict[str, set[str]]:
    """The packages of the lock file as `name==version`, each with its SHA-256 hashes."""
    found: dict[str, set[str]] = {}
    for block in re.split(r"\n(?=\S)", sbom.SHIPPED.read_text().strip()):
        found[block.split()[0]] = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
    return found


def test_the_bill_names_what_the_lock_file_names(cyclonedx: Path) -> None:
    bill = json.loads(sbom.bill(cyclonedx))
    listed = {
        f"{one['name']}=={one['version']}": {
            hashed["content"] for way in one["externalReferences"] for hashed in way.get("hashes", [])
        }
        for one in bill["components"]
    }
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "syncd"
    assert listed == locked()


def test_the_bill_is_the_same_each_time(cyclonedx: Path) -> None:
    assert sbom.bill(cyclonedx) == sbom.bill(cyclonedx)
