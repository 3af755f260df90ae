"""Run by a Python that has FollowTheMoney: holds the entities in a file against its model, and prints one JSON object.

`rejected` are values that differ from what FollowTheMoney makes of them, or of which it makes nothing, by schema and
property; `missing` are required properties without a value; `misplaced` references whose entity has another schema than
the property asks for; `dangling` references to entities that are not in the file.
"""

import json
import sys
from collections import Counter

from followthemoney import model
from followthemoney.proxy import EntityProxy


def main() -> None:
    schemata: dict[str, str] = {}
    count: Counter[str] = Counter()
    found: dict[str, Counter[str]] = {name: Counter() for name in ("rejected", "missing", "misplaced", "dangling")}
    samples: dict[str, str] = {}
    twice = 0
    with open(sys.argv[1], "rb") as lines:
        for line in lines:
            data = json.loads(line)
            twice += data["id"] in schemata
            schemata[data["id"]] = data["schema"]
    with open(sys.argv[1], "rb") as lines:
        for line in lines:
            data = json.loads(line)
            proxy = EntityProxy.from_dict(data, cleaned=True)
            count[proxy.schema.name] += 1
            for name in proxy.schema.required:
                if not proxy.get(name):
                    found["missing"][f"{proxy.schema.name}.{name}"] += 1
            for name, values in data["properties"].items():
                prop = proxy.schema.properties[name]
                where = f"{proxy.schema.name}.{name}"
                for value in values:
                    format_ = getattr(prop, "format", None)
                    cleaned = prop.type.clean(value, format=format_, proxy=proxy)
                    if (cleaned != value and prop.type.name != "url") or cleaned is None:
                        found["rejected"][where] += 1
                        samples.setdefault(where, f"{value[:80]} -> {cleaned}")
                    if prop.type.name == "entity":
                        other = schemata.get(value)
                        if other is None:
                            found["dangling"][where] += 1
                        elif not model.get(other).is_a(prop.range):
                            found["misplaced"][f"{where} {other}"] += 1
    print(json.dumps({"schemata": count, "twice": twice, "samples": samples, **found}))


main()
