"""Parts of a JSON Schema as clients of the OpenAPI document need them: no null that never comes, titled words."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from syncd import schemas

REFERENCE: Final = "#/components/schemas/"


def structs(of: type[Struct] = Struct) -> Iterator[type[Struct]]:
    """Yield every subtype of `of`, however deep."""
    for kind in of.__subclasses__():
        yield kind
        yield from structs(kind)


def without_null(rules: dict[str, Any]) -> None:
    """Remove null from the rules of a field that is left out when it has its default."""
    if rules.get("default", "") is None:
        del rules["default"]
    if isinstance(rules.get("enum"), list):
        rules["enum"] = [word for word in rules["enum"] if word is not None]
    choices = [choice for choice in rules.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del rules["anyOf"]
        rules.update(choices[0])
    elif choices:
        rules["anyOf"] = choices


def titled(title: str, rules: dict[str, Any]) -> None:
    """Give a list of words a title, by which generators of clients name its type."""
    for place in (rules, rules.get("items", {}), *rules.get("anyOf", ())):
        if "enum" in place or schemas.OPEN_WORDS in place:
            place.setdefault("title", title)


def rooted(value: Any) -> Any:
    """Return the schema with its references turned to this document."""
    if isinstance(value, dict):
        return {name: rooted(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rooted(part) for part in value]
    return value.replace("#/$defs/", REFERENCE) if isinstance(value, str) and value.startswith("#/$defs/") else value
