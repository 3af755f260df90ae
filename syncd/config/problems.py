"""Describes wrong settings in one line each: the origin, the key, the fault, and the key that was probably meant.

No value is ever repeated: it may be a secret.
"""

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]

WORDS = {
    "extra_forbidden": "unknown key",
    "model_type": "is a section, not a value",
    "model_attributes_type": "is a section, not a value",
    "dict_type": "is a section, not a value",
}


class Layer(Struct, frozen=True, kw_only=True):
    """One origin of settings. `spelling` is how it writes a place: `a.b` in a file, `SYNCD_A__B` in the environment."""

    name: str
    data: Mapping[str, Any]
    separator: str
    prefix: str = ""
    upper: bool = False

    def spelled(self, place: Place) -> str:
        """Return the name of this layer and how it writes `place`."""
        whole = self.separator.join(str(part) for part in place)
        return f"{self.name}: {self.prefix}{whole.upper() if self.upper else whole}"

    def has(self, place: Place) -> bool:
        """Return whether the layer sets the key at `place`."""
        found: Any = self.data
        for part in place:
            if not isinstance(found, Mapping) or part not in found:
                return False
            found = found[part]
        return True


def nearest(name: str, known: Collection[str]) -> str:
    """Returns `; did you mean …?` for the nearest of `known`, or lists `known` when none is near and they are few."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(sorted(known))}" if len(known) <= 12 else ""


def problem_lines(
    error: ValidationError, layers: Sequence[Layer], models: Mapping[Place, type[BaseModel]]
) -> list[str]:
    """Returns one line a problem of `error`. `models` are the sections by their place, `*` standing for any name."""
    return [_line(details, layers, models) for details in error.errors(include_input=False, include_url=False)]


def _line(details: ErrorDetails, layers: Sequence[Layer], models: Mapping[Place, type[BaseModel]]) -> str:
    place = details["loc"]
    what = WORDS.get(details["type"], details["msg"].removeprefix("Value error, "))
    hint = _hint(place, models) if details["type"] == "extra_forbidden" else ""
    origin = next((layer for layer in layers if layer.has(place)), None)
    return f"{origin.spelled(place) if origin else '.'.join(map(str, place))}: {what}{hint}"


def _hint(place: Place, models: Mapping[Place, type[BaseModel]]) -> str:
    model = _model_at(place[:-1], models)
    return nearest(str(place[-1]), model.model_fields) if model else ""


def _model_at(place: Place, models: Mapping[Place, type[BaseModel]]) -> type[BaseModel] | None:
    for pattern, model in models.items():
        if len(pattern) == len(place) and all(p in ("*", part) for p, part in zip(pattern, place, strict=True)):
            return model
    return None
