"""The changes that a schema allows within a version.

syncd writes and consumers read: a program that understood every message of the old schema must understand every one of
the new. Fields may be added, since consumers ignore what they do not know. A field may not go, a required one may not
become optional, a type may not widen, a closed list of words may not grow, a pattern may not change. An open list of
words (`x-extensible-enum`) may grow, and loses none: a consumer takes a word that it does not know for `other`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

_OPEN_WORDS = "x-extensible-enum"
# Rules about one value that must stay as they are.
_FIXED = ("pattern", "format", "const", "minLength", "maxLength", "minimum", "maximum", "$ref")


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return the parts of `new` that a consumer of `old` would not understand, one line each; empty when there are
    none."""
    found = list(_breaks("", old, new))
    definitions = new.get("$defs", {})
    for name, definition in old.get("$defs", {}).items():
        if name in definitions:
            found += _breaks(name, definition, definitions[name])
        else:
            found.append(f"{name}: is no more")
    return found


def _breaks(place: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for rule in _FIXED:
        if old.get(rule) != new.get(rule):
            yield f"{place or 'the whole'}: {rule} was {old.get(rule)!r} and is {new.get(rule)!r}"
    yield from _grown(place, "type", _types(old), _types(new))
    if _types(old) and not _types(new) and not {"anyOf", "$ref"} & new.keys():
        yield f"{place}: may now be anything"
    if "enum" in old:
        yield from _grown(place, "enum", set(map(str, old["enum"])), set(map(str, new.get("enum", ["anything"]))))
    for word in sorted(set(old.get(_OPEN_WORDS, ())) - set(new.get(_OPEN_WORDS, ()))):
        yield f"{place}: the word {word} is no more"
    if _OPEN_WORDS in old and "enum" in new:
        yield f"{place}: the open list of words is closed"
    for name in set(old.get("required", ())) - set(new.get("required", ())):
        yield f"{_inside(place, name)}: was required and is not"
    yield from _of_properties(place, old, new)
    yield from _of_choices(place, old, new)
    if isinstance(old.get("items"), dict):
        yield from _breaks(_inside(place, "[]"), old["items"], new.get("items") or {})
    if isinstance(old.get("additionalProperties"), dict):
        yield from _breaks(_inside(place, "{}"), old["additionalProperties"], _object(new, "additionalProperties"))


def _of_properties(place: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    after = new.get("properties", {})
    for name, rules in old.get("properties", {}).items():
        if name not in after:
            yield f"{_inside(place, name)}: is no more"
        else:
            yield from _breaks(_inside(place, name), rules, after[name])


def _of_choices(place: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield the new choices that are none of the old."""
    if "anyOf" not in old:
        if "anyOf" in new:
            yield f"{place}: has choices that it had not"
        return
    for choice in new.get("anyOf", [new]):
        if all(any(_breaks(place, known, choice)) for known in old["anyOf"]):
            yield f"{place}: may now be {choice.get('type', choice.get('$ref', 'something else'))}"


def _types(rules: dict[str, Any]) -> set[str]:
    kind = rules.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def _grown(place: str, rule: str, old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    more = set(new) - set(old)
    if more:
        yield f"{place}: {rule} may now be {', '.join(sorted(more))}"


def _object(rules: dict[str, Any], name: str) -> dict[str, Any]:
    value = rules.get(name)
    return value if isinstance(value, dict) else {}


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}".lstrip(".")
