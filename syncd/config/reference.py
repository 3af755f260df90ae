"""The settings as Markdown, `deploy/settings.md`: made of the sections themselves, so that it is never behind."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from syncd.config import MODELS
from syncd.config.problems import Place

_WORDS: dict[Any, str] = {
    bool: "true, false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    SecretStr: "secret",
}


_HEAD = """# Every setting

This page is what `syncd check-config --describe` prints; `syncd check-config` prints what is in force. A setting stands
in the TOML file, in a file of the secrets folder (`kafka__password`) or in the environment (`SYNCD_KAFKA__PASSWORD`),
which goes over the others."""


def settings_page() -> str:
    """Return the page of all settings as Markdown: each section's docstring, then its keys with kind and default."""
    return "\n\n".join([_HEAD, *(_section(place, model) for place, model in MODELS.items())])


def _section(place: Place, model: type[BaseModel]) -> str:
    lines = [f"## {_heading(place)}", "", _prose(model), "", "| key | value | default |", "|---|---|---|"]
    return "\n".join([*lines, *_rows(model)])


def _heading(place: Place) -> str:
    names = {0: "feeds", 1: "ID", 2: "sources", 3: "NAME"}
    if not place:
        return "At the top"
    return f"`[{'.'.join(names[at] if part == '*' else str(part) for at, part in enumerate(place))}]`"


def _prose(model: type[BaseModel]) -> str:
    return " ".join(inspect.cleandoc(model.__doc__ or "").split())


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if not _is_section(field.annotation):
            yield f"| `{name}` | {_kind(field.annotation)} | {_default(field)} |"


def _is_section(annotation: Any) -> bool:
    parts = get_args(annotation) or (annotation,)
    return any(isinstance(part, type) and issubclass(part, BaseModel) for part in parts)


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_kind(part) for part in get_args(annotation) if part is not NoneType)
    if get_origin(annotation) is tuple:
        return "list"
    if get_origin(annotation) is dict:
        return "table"
    return _WORDS.get(annotation, "text")


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined or value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        return f"`{{{', '.join(f'{name} = {json.dumps(words)}' for name, words in value.items())}}}`"
    return f"`{value}`"
