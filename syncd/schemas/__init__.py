"""The contract with consumers, made from the types that syncd publishes with: the files of `schemas/`.

json_schema    JSON Schema of every value
asyncapi       AsyncAPI 3: topics, keys, headers, settings
connect        Connect schemas: JSON without a registry into sinks
compatibility  what may change within a version, and what may not
examples       records and events as they are published, small and invented
notice_examples  … of notices
vectors        records with their canonical form and digest, for programs in other languages

`generate` returns the files, byte for byte the same each time; `drifted_files` names those that differ.
"""

import json
from pathlib import Path
from typing import Any, Final

from syncd.schemas import vectors
from syncd.schemas.connect import connect_schema
from syncd.schemas.examples import all_examples
from syncd.schemas.json_schema import OPEN_WORDS, SCHEMAS, schema_named

__all__ = ["OPEN_WORDS", "SCHEMAS", "drifted_files", "generate", "schema_named", "write_files"]

_EXAMPLES: Final = "examples"
_SUFFIXES: Final = (".json", ".avsc")


def generate() -> dict[str, bytes]:
    """Return the content of every schema and every example, by path below `schemas/`."""
    # Only here: Kafka's side takes a tenth of a second to import.
    from syncd.ledger.kafka.avro import avro_schema  # noqa: PLC0415
    from syncd.ledger.kafka.encoding import KINDS  # noqa: PLC0415
    from syncd.ledger.kafka.upserts import ListedRecord  # noqa: PLC0415
    from syncd.schemas.asyncapi import asyncapi_document  # noqa: PLC0415

    files = {f"{name}.v1.json": _file(schema_named(name)) for name in SCHEMAS}
    files |= {f"avro/{name}.v1.avsc": _file(avro_schema(kind)) for name, kind in KINDS.items()}
    files["connect/listed.v1.json"] = _file(connect_schema(ListedRecord))
    files |= {f"{_EXAMPLES}/{name}.json": _file(value) for name, (_, value) in all_examples().items()}
    files["asyncapi.v1.json"] = _file(asyncapi_document())
    files[vectors.FILE] = _file(vectors.digest_vectors())
    return dict(sorted(files.items()))


def drifted_files(directory: Path) -> list[str]:
    """Return the files of `directory` that differ from `generate`, sorted: changed, absent or left over."""
    wanted = generate()
    found = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.suffix in _SUFFIXES}
    drifted = [name for name, content in wanted.items() if name not in found or found[name].read_bytes() != content]
    return sorted({*drifted, *(found.keys() - wanted.keys())})


def write_files(directory: Path) -> list[str]:
    """Write every file that has drifted and remove those left over. Returns their paths."""
    wanted = generate()
    drifted = drifted_files(directory)
    for name in drifted:
        path = directory / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[name])
    return drifted


def _file(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
