"""The AsyncAPI parser, from the npm registry."""

import subprocess
from pathlib import Path

from tests.tools import Tool

VERSION = "3.6.6"
FETCH_SECONDS_MAX = 300
VALIDATE = """
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
const found = await new Parser().validate(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(found));
"""


def _fetch(folder: Path) -> None:
    (folder / "validate.mjs").write_text(VALIDATE)
    quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent")
    subprocess.run(
        ["npm", "install", *quiet, "--prefix", str(folder), f"@asyncapi/parser@{VERSION}"],
        check=True,
        timeout=FETCH_SECONDS_MAX,
        stdout=subprocess.DEVNULL,
    )


ASYNCAPI = Tool(
    name="the AsyncAPI parser",
    remedy="on Debian or Ubuntu: apt-get install nodejs npm",
    folder=f"asyncapi-{VERSION}",
    fetch=_fetch,
    runs_with=("node",),
    fetched_with=("npm",),
)
