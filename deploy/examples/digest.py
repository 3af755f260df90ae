"""Compute the digests of records and lists, and check this program against the test vectors of syncd.

    python digest.py schemas/digest-vectors.json

Needs nothing but Python. Ends with 1 when a digest differs.
"""

import hashlib
import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

ORDERED = {"parts", "lines"}
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


def canonical(value: Any, name: str = "") -> Any:
    """The canonical form of a record, or of a part of one."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", value)).split())
    if isinstance(value, dict):
        found = {key: canonical(part, key) for key, part in value.items() if key != "published_id"}
        return {key: part for key, part in found.items() if not is_empty(part)}
    if isinstance(value, list):
        parts = [part for part in map(canonical, value) if not is_empty(part)]
        return parts if name in ORDERED else sorted(parts, key=written)
    return value


def is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, dict, list)) and not value)


def written(value: Any) -> bytes:
    """RFC 8785 JSON of a canonical value, which has no numbers."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def record_digest(record: dict[str, Any]) -> str:
    return hashlib.sha256(written(canonical(record))).hexdigest()


def list_digest(digests: dict[str, str]) -> str:
    lines = [f"{key} {digest}\n".encode() for key, digest in sorted(digests.items(), key=lambda one: one[0].encode())]
    return hashlib.sha256(b"".join(lines)).hexdigest()


def main() -> int:
    vectors = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    checks = [(one["shows"], record_digest(one["record"]), one["digest"]) for one in vectors["records"]]
    checks += [("a list", list_digest(one["digests"]), one["digest"]) for one in vectors["lists"]]
    for shows, found, expected in checks:
        if found != expected:
            print(f"wrong: {shows}: {found} instead of {expected}")
    right = sum(found == expected for _, found, expected in checks)
    print(f"{right} of {len(checks)} digests are right")
    return 0 if right == len(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
