"""JSON documents → entries with strict fields.

A document is bounded, decoded once for its shape, and each entry only when it is asked for: what stands in memory is
the document's bytes and one entry. `JsonFields` reads an object as `fields.XmlFields` reads an element: each field is
taken, ignored with a reason, kept, or left over, and what is left over makes the record partial.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import msgspec

from syncd.errors import AnotherDocument, DocumentRefused, MissingField
from syncd.formats.fields import Reading
from syncd.normalise.texts import tidied

BYTES_MAX = 100_000_000
ENTRIES_MAX = 500_000
# Of an entry; those of the lists have 6 levels at most. What is nested a thousand deep no library reads at all.
DEPTH_MAX = 64
# What decoding may raise, whatever the bytes.
UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_BOM = b"\xef\xbb\xbf"
_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"|([\[{])|([\]}])', re.DOTALL)
# An escape; in the first group a pair of surrogates, in the second half of one, which is no letter.
_ESCAPE = re.compile(
    rb"\\(?:(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])
_fields = msgspec.json.Decoder(dict[str, Any])


class JsonContents(NamedTuple):
    """The fields beside the entries, by name and as JSON, and the entries' bytes in the document's order."""

    beside: Mapping[str, bytes]
    entries: Iterator[bytes]


def read_array(stream: BinaryIO, *, path: Sequence[str], bytes_max: int = BYTES_MAX) -> JsonContents:
    """Return the array of entries at `path` (names of objects, the last that of the array) and the members beside it.

    The whole document is read and its shape checked before this returns. Raises DocumentRefused when it is damaged or
    too large, AnotherDocument when there is no such array in it.
    """
    body = stream.read(bytes_max + 1)
    if len(body) > bytes_max:
        raise DocumentRefused(f"it is larger than {bytes_max} bytes")
    level: Any = without_half_letters(body.removeprefix(_BOM).strip())
    if level[:1] not in (b"{", b"["):
        raise AnotherDocument("it is not a JSON document")
    beside: Mapping[str, bytes] = {}
    for name in path:
        fields = _decoded(_object, level, name)
        if name not in fields:
            raise AnotherDocument(f"no {'/'.join(path)} in the JSON document")
        beside = {other: bytes(value) for other, value in fields.items() if other != name}
        level = fields[name]
    entries = _decoded(_array, level, path[-1] if path else "")
    if len(entries) > ENTRIES_MAX:
        raise DocumentRefused(f"it has more than {ENTRIES_MAX} entries")
    return JsonContents(beside, (bytes(entry) for entry in entries))


def without_half_letters(body: bytes) -> bytes:
    """Return a JSON document with U+FFFD for each escaped surrogate that stands alone: JSON allows it, it is no text
    (RFC 8259, 8.2), and no decoder would read anything of the document."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPE.sub(lambda escape: b"\\ufffd" if escape[2] else escape[0], body)


def _decoded(decoder: Any, content: Any, name: str) -> Any:
    try:
        return decoder.decode(content)
    except msgspec.ValidationError:
        raise AnotherDocument(f"it is JSON of another shape at {name}") from None
    except UNDECODABLE as error:
        raise DocumentRefused(f"it is cut off or damaged at {name}: {error}") from None


def scalar_text(raw: bytes | None) -> str | None:
    """A scalar field of a document as text; None when it is absent, blank, no scalar, or no text
    in UTF-8."""
    if raw is None:
        return None
    try:
        found = _scalar(msgspec.json.decode(raw))
    except UNDECODABLE:
        return None
    return found if found and found.strip() else None


def _say_what_stands_twice(raw: bytes, reading: Reading) -> None:
    """Report a member that an object has twice: of the two a decoder takes the last and says nothing."""

    def checked(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = dict(members)
        if len(found) < len(members):
            for name, value in members:
                if value != found[name] and not _blank(value):
                    reading.unknown_field(name, json.dumps(value, ensure_ascii=False))
        return found

    json.loads(raw, object_pairs_hook=checked)


def _is_deep(raw: bytes) -> bool:
    """Whether objects and lists are nested deeper than `DEPTH_MAX`."""
    if raw.count(b"{") + raw.count(b"[") <= DEPTH_MAX:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(raw):
        depth += bool(bracket[1]) - bool(bracket[2])
        if depth > DEPTH_MAX:
            return True
    return False


def _shallow(raw: bytes, reading: Reading) -> dict[str, Any]:
    """The fields that are not nested too deep; the others are reported as they stand."""
    found: dict[str, Any] = {}
    for name, value in _object.decode(raw).items():
        if _is_deep(bytes(value)):
            reading.unknown_field(name, bytes(value).decode())
        else:
            found[name] = msgspec.json.decode(value)
    return found


class JsonFields:
    """One object whose fields are taken one by one. Blank texts, nulls and empty lists count as absent.

    Texts are unescaped and tidied once, here (`normalise.texts`), as `fields.XmlFields` does.
    """

    __slots__ = ("_fields", "_path", "_reading")

    def __init__(self, fields: Mapping[str, Any], reading: Reading, path: str = "") -> None:
        self._fields = {name: value for name, value in fields.items() if not _blank(value)}
        self._reading = reading
        self._path = path
        reading.account_for(self)

    @classmethod
    def of(cls, raw: bytes, reading: Reading) -> "JsonFields":
        """The fields of an entry's bytes; one that is nested deeper than `DEPTH_MAX` is left over. Raises MissingField
        when it is no object, or no JSON after all."""
        try:
            if _is_deep(raw):
                fields = _shallow(raw, reading)
            else:
                fields = _fields.decode(raw)
                _say_what_stands_twice(raw, reading)
        except (*UNDECODABLE, ValueError):
            raise MissingField("an entry that is no JSON object") from None
        return cls(fields, reading)

    def take(self, name: str) -> str:
        """A text or number, as text; raises MissingField when it is absent or blank."""
        value = self.take_optional(name)
        if value is None:
            raise MissingField(f"{self._path or 'the entry'} has no {name}")
        return value

    def take_optional(self, name: str) -> str | None:
        """A text or number, as text. An object or list in its place is left over."""
        found = _scalar(self._fields.get(name))
        if found is None:
            return None
        del self._fields[name]
        return tidied(found) or None

    def published(self, name: str) -> str:
        """A text or number as published: an id, whose spelling is kept. Raises like `take`."""
        found = _scalar(self._fields.get(name)) or ""
        self.take(name)
        return found.strip()

    def objects(self, name: str) -> list["JsonFields"]:
        """The objects of a list (or the only one), each of which accounts for its own fields; others are left over."""
        values = self._fields.pop(name, [])
        found = []
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, dict):
                found.append(JsonFields(value, self._reading, f"{self._path}/{name}" if self._path else name))
            elif not _blank(value):
                self._leave(name, value)
        return found

    def texts(self, name: str) -> list[str]:
        """The texts and numbers of a list (or the only one), as texts, blank ones left out; others are left over."""
        values = self._fields.pop(name, [])
        found = []
        for value in values if isinstance(values, list) else [values]:
            said = _scalar(value)
            if said is None and not _blank(value):
                self._leave(name, value)
            elif said and (text := tidied(said)):
                found.append(text)
        return found

    def ignore(self, *names: str, why: str) -> None:
        """Fields that say nothing about the target. `why` is for the reader of the feed."""
        assert why
        for name in names:
            self._fields.pop(name, None)

    def keep(self, *names: str) -> None:
        """Known fields without a place in the model: their text goes to `other` under their own name."""
        for name in names:
            self._reading.keep(name, self.take_optional(name))

    def leave_over(self) -> None:
        """Report every field that nobody took. Called by `Reading.finish`."""
        for name, value in self._fields.items():
            self._leave(name, value)

    def _leave(self, name: str, value: Any) -> None:
        said = _scalar(value)
        verbatim = said if said is not None else msgspec.json.encode(value, order="deterministic").decode()
        self._reading.unknown_field(f"{self._path}/{name}" if self._path else name, verbatim)


def _scalar(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        return all(_blank(part) for part in value.values())
    if isinstance(value, list):
        return all(_blank(part) for part in value)
    return value is None
