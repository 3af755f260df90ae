"""When two records are the same: the canonical form, and the digests made of it.

The canonical form of a record is its JSON with every text in NFC, without invisible characters and with single
spaces; nothing that is empty; and every list sorted, because the order in which a publisher lists aliases says nothing.
The parts of a name and the lines of an address keep their order, which does. The id as published is left out: the key
has it in its canonical form.

A record digest is the SHA-256 of the RFC 8785 JSON of that form. A list digest is the SHA-256 over the lines
`key␠hex\\n` of the records in force, sorted by the bytes of the key: a consumer computes it from two headers a record.
A key has no control character and no line end (`key_problem`), and `hex` always 64 characters; so the lines of two
different sets are never the same, although a key may have blanks in it.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec

from syncd.core.model import Record

ID_CHARACTERS_MAX = 200
# Unicode's control characters, halves of surrogate pairs, and line and paragraph separators.
NEVER_IN_KEYS = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Lists whose order the publisher means.
ORDERED = frozenset({"parts", "lines"})
# What a record says and its digest does not: another spelling of the id is no change.
UNCOMPARED = "published_id"

# Format characters (bidi marks, joiners, soft hyphen, BOM): invisible, and published at random.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
# Accents of Latin, Greek and Cyrillic letters; the marks that make other letters of Japanese ones are none of them.
_ACCENTS = re.compile("[\u0300-\u036f]")
# In compact ASCII JSON: whatever may not be tidy, or is empty. It may also find what is tidy; that costs time, no more.
_SUSPECT = (b"  ", b'" ', b' "', b"\\", b'""', b"[]", b"{}", b"null")
_encode = msgspec.json.Encoder(order="sorted").encode


def text(published: str) -> str:
    """Return `published` in NFC, without invisible characters, with runs of white space as one space and none at the
    ends."""
    if not published.isascii():
        published = unicodedata.normalize("NFC", _INVISIBLE.sub("", published))
    # To look first whether there is anything to do takes several times as long.
    return " ".join(published.split())


def without_accents(published: str) -> str:
    """Return `published` in NFC without the accents of its letters. It serves the comparison of names and is no part of
    the canonical form."""
    if published.isascii():
        return published
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", published)))


def form(record: Record) -> dict[str, Any]:
    """Return the canonical form of a record as plain dicts, lists and strings."""
    published = _encode(record)
    plain = msgspec.json.decode(published)
    plain.pop(UNCOMPARED, None)
    # Most records are tidy as published; then only their lists are to be sorted.
    canonical: dict[str, Any] = tidy(plain) if _is_suspect(published) else _in_order(plain)
    return canonical


def _is_suspect(published: bytes) -> bool:
    return not published.isascii() or any(map(published.__contains__, _SUSPECT))


def _in_order(value: Any) -> Any:
    """Return what `tidy` returns, for a value whose texts are tidy and in which nothing is empty."""
    if type(value) is dict:
        return {
            name: _in_order_list(part, name) if type(part) is list else _in_order(part) for name, part in value.items()
        }
    return _in_order_list(value, "") if type(value) is list else value


def _in_order_list(parts: list[Any], name: str) -> list[Any]:
    if type(parts[0]) is not str:
        parts = [_in_order(part) for part in parts]
    return parts if name in ORDERED or len(parts) < 2 else sorted(parts, key=_encode)


def tidy(value: Any, *, ordered: bool = False) -> Any:
    """Return the canonical form of any part of a record that is given as plain dicts, lists and strings."""
    if type(value) is str:
        return text(value)
    if type(value) is dict:
        pairs = ((name, tidy(part, ordered=name in ORDERED)) for name, part in value.items())
        return {name: part for name, part in pairs if part not in ("", None, [], {})}
    if type(value) in (list, tuple):
        parts = [part for part in (tidy(part) for part in value) if part not in ("", None, [], {})]
        return parts if ordered or len(parts) < 2 else sorted(parts, key=_encode)
    return value


def json_bytes(value: Any) -> bytes:
    """Return the RFC 8785 JSON of `value`. It may hold only strings, booleans, integers, lists, and dicts with ASCII
    keys."""
    return _encode(value)


def digest(record: Record) -> str:
    """Return the record digest: SHA-256 of the canonical record, 64 hex digits."""
    return hashlib.sha256(_encode(form(record))).hexdigest()


def without_repetitions(record: Record) -> Record:
    """Return `record` with each value of a list once; values that are canonically the same count as one."""
    lists = {
        name: values
        for name, values in zip(Record.__struct_fields__, msgspec.structs.astuple(record), strict=True)
        if type(values) is tuple and len(values) > 1
    }
    # Values that differ as published may be the same canonically, but only where one of them is not tidy.
    once = _once if lists and _is_suspect(_encode(record)) else _exactly_once
    changed = {name: found for name, values in lists.items() if len(found := once(values)) < len(values)}
    return msgspec.structs.replace(record, **changed) if changed else record


def _exactly_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    exact = _exactly_once(values)
    if len(exact) == 1 or not _is_suspect(_encode(exact)):
        return exact
    return tuple({_encode(tidy(msgspec.to_builtins(value))): value for value in reversed(exact)}.values())[::-1]


def content_digest(record: Record) -> str:
    """Return a digest like `digest`, but without the key and the entry's own numbers on its list: it is equal for one
    entry under two keys."""
    content = form(record)
    source_id = content.pop("key").partition(":")[2]
    own = [
        identifier
        for identifier in content.get("identifiers", ())
        if identifier["type"] == "list_id" or identifier["value"] == source_id
    ]
    content["identifiers"] = [identifier for identifier in content.get("identifiers", ()) if identifier not in own]
    return hashlib.sha256(_encode(content)).hexdigest()


def key_problem(key: str) -> str:
    """Return why `key`, `<feed>:<source id>`, is not allowed, without quoting it; an empty text when it is allowed."""
    identity = key.partition(":")[2]
    if not identity:
        return "its id is empty"
    if len(identity) > ID_CHARACTERS_MAX:
        return f"its id has {len(identity)} characters, more than {ID_CHARACTERS_MAX}"
    if identity != identity.strip():
        return "its id begins or ends with white space"
    if any(unicodedata.category(character) in NEVER_IN_KEYS for character in identity):
        return "its id holds a control character or a line end"
    return ""


def list_digest(digests: Mapping[str, str]) -> str:
    """Return the list digest: SHA-256 over the lines `key␠hex\\n` of `digests` (key → record digest), sorted by key
    bytes. 64 hex digits."""
    # Python orders texts by code points, and so does UTF-8 its bytes.
    lines = "".join([f"{key} {digests[key]}\n" for key in sorted(digests)])
    return hashlib.sha256(lines.encode()).hexdigest()
