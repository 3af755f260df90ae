"""Run by a Python that has FollowTheMoney: holds the entities in a file against its model, and prints one JSON object.

`rejected` are values that differ from what FollowTheMoney makes of them, or of which it makes nothing, by schema and
property; `missing` are required properties without a value; `misplaced` references whose entity has another schema than
the property asks for; `dangling` references to entities that are not in the file; `twice` ids that stand twice.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from followthemoney import model
from followthemoney.proxy import EntityProxy

KINDS = ("rejected", "missing", "misplaced", "dangling")


def findings(data: dict, schemata: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with an entity: of which kind, where, and the value."""
    proxy = EntityProxy.from_dict(data, cleaned=True)
    for name in proxy.schema.required:
        if not proxy.get(name):
            yield "missing", f"{proxy.schema.name}.{name}", ""
    for name, values in data["properties"].items():
        prop = proxy.schema.properties[name]
        where = f"{proxy.schema.name}.{name}"
        for value in values:
            cleaned = prop.type.clean(value, format=prop.format, proxy=proxy)
            # An address is also written with a slash at its end.
            if cleaned is None or (cleaned != value and cleaned.rstrip("/") != value.rstrip("/")):
                yield "rejected", where, f"{value[:80]} -> {cleaned}"
            if prop.type.name == "entity" and value not in schemata:
                yield "dangling", where, value
            elif prop.type.name == "entity" and not model.get(schemata[value]).is_a(prop.range):
                yield "misplaced", f"{where} {schemata[value]}", value


def main(path: Path) -> None:
    schemata: dict[str, str] = {}
    found: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    samples: dict[str, list[str]] = {}
    twice = 0
    with path.open("rb") as lines:
        for line in lines:
            data = json.loads(line)
            twice += data["id"] in schemata
            schemata[data["id"]] = data["schema"]
    with path.open("rb") as lines:
        for line in lines:
            for kind, where, value in findings(json.loads(line), schemata):
                found[kind][where] += 1
                if len(samples.setdefault(f"{kind} {where}", [])) < 5:
                    samples[f"{kind} {where}"].append(value)
    print(json.dumps({"schemata": Counter(schemata.values()), "twice": twice, "samples": samples, **found}))


main(Path(sys.argv[1]))
