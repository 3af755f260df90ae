"""A Dockerfile read into its stages: as much of the language as `deploy/Dockerfile` uses."""

import json
import re
import shlex
from pathlib import Path
from string import Template

from msgspec import Struct

KNOWN = {
    "ARG", "FROM", "LABEL", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK",
    "ENTRYPOINT", "CMD",
}  # fmt: skip


class Instruction(Struct, frozen=True):
    word: str
    rest: str

    @property
    def exec_form(self) -> list[str]:
        """The words of `["a", "b"]`."""
        words: list[str] = json.loads(self.rest)
        return words

    @property
    def pairs(self) -> dict[str, str]:
        """Of ARG, ENV and LABEL."""
        return dict(word.split("=", 1) for word in shlex.split(self.rest))


def stages(path: Path) -> list[list[Instruction]]:
    """The instructions by stage; each begins with its FROM, in which an ARG before it is filled in."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    found: list[list[Instruction]] = []
    arguments: dict[str, str] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        if not word:
            continue
        assert word in KNOWN, f"{word} is not known here"
        if word == "ARG":
            arguments |= Instruction(word, rest).pairs
            continue
        if word == "FROM":
            found.append([])
            rest = Template(rest).substitute(arguments)
        found[-1].append(Instruction(word, rest.strip()))
    return found
