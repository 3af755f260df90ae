"""The values of a record in words for a person: one line for each value, as published."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

# The parts of a value that stand first; then those that stand in brackets behind it, in this order.
_FIRST: Final = (
    "full",
    "value",
    "lines",
    "city",
    "region",
    "postal_code",
    "date",
    "start",
    "end",
    "text",
    "name",
    "list",
)
_NAMED: Final = frozenset({"calendar", "note", "label", "currency", "issuer", "issued_on", "expires_on", "schedule"})
_DATED: Final = {
    "listed_on": "listed",
    "effective_on": "in force",
    "ends_on": "ends",
    "amended_on": "amended",
    "issued_on": "issued",
    "expires_on": "expires",
}
_SKIPPED: Final = frozenset({"parts", "script", "language"})
_PATHS: Final = {
    "imo": "IMO",
    "birth_dates": "date of birth",
    "birth_places": "place of birth",
    "death_dates": "date of death",
    "names": "name",
    "nationalities": "nationality",
    "citizenships": "citizenship",
    "countries": "country",
    "genders": "gender",
    "titles": "title",
    "positions": "position",
    "legal_forms": "legal form",
    "sectors": "sector",
    "addresses": "address",
    "identifiers": "identifier",
    "contacts": "contact",
    "listings": "listing",
    "relations": "relation",
    "reasons": "reason",
    "remarks": "remark",
    "other": "other field",
    "unreadable": "not read",
}


def path_text(path: str) -> str:
    """Return the name of a field for a person: `date of birth` of `birth_dates`, `vessel: flags` of `vessel.flags`."""
    whole, _, part = path.partition(".")
    words = _PATHS.get(whole, whole.replace("_", " "))
    return f"{words}: {part.replace('_', ' ')}" if part else words


def value_text(value: Any) -> str:
    """Return a value of a record in one line; empty for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, Mapping):
        return _parts_text(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(value_text, value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _parts_text(value: Mapping[str, Any]) -> str:
    if "date" not in value and ("start" in value or "end" in value):
        first = f"{value.get('start', '')} to {value.get('end', '')}".strip()
    else:
        first = ", ".join(filter(None, (value_text(value.get(name)) for name in _FIRST)))
    rest = ", ".join(_rest(value))
    return f"{first} ({rest})" if first and rest else first or rest


def _rest(value: Mapping[str, Any]) -> Iterable[str]:
    for name, part in value.items():
        text = value_text(part) if name not in (*_FIRST, *_SKIPPED) else ""
        if not text or part is False:
            continue
        if name in _DATED:
            yield f"{_DATED[name]} {text}"
        elif part is True:
            yield name.replace("_", " ")
        elif name in _NAMED:
            yield f"{name.replace('_', ' ')}: {text}"
        else:
            yield text.replace("_", " ") if name in ("type", "kind") else text
