"""Decoding of records and targets that another version of syncd wrote: a word that this version does not know is kept
as it stands.

Lists of words may grow, and a field of free text may get a list of words. Neither may stop a reader of committed data,
nor alter that data: a digest covers the words as they stand.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T")

_plain = msgspec.json.Decoder(Any).decode


def tolerating(known: msgspec.json.Decoder[T]) -> Callable[[bytes], T]:
    """Return a decoder for the type of `known` that decodes as `known` does, but keeps unknown words. It raises
    msgspec.MsgspecError for everything else that is wrong."""
    described = inspect.type_info(known.type)

    def decode(json: bytes) -> T:
        try:
            return known.decode(json)
        except msgspec.ValidationError:
            made: T = _made(_plain(json), described)
            return made

    return decode


def _made(value: Any, of: inspect.Type) -> Any:
    if isinstance(of, inspect.UnionType):
        (inner,) = (choice for choice in of.types if not isinstance(choice, inspect.NoneType))
        return None if value is None else _made(value, inner)
    if isinstance(of, inspect.StructType):
        return _struct(value, of)
    if isinstance(of, inspect.VarTupleType):
        return tuple(_made(item, of.item_type) for item in _is(list, value))
    if isinstance(of, inspect.LiteralType):
        return _is(str, value)
    if isinstance(of, inspect.DictType):
        return {name: _made(item, of.value_type) for name, item in _is(dict, value).items()}
    if isinstance(of, inspect.AnyType):
        return value
    return _is(PLAIN[type(of)], value)


def _struct(value: Any, of: inspect.StructType) -> Any:
    fields = _is(dict, value)
    missing = [field.encode_name for field in of.fields if field.required and field.encode_name not in fields]
    if missing:
        raise msgspec.ValidationError(f"Object missing required field `{missing[0]}`")
    return of.cls(
        **{
            field.name: _made(fields[field.encode_name], field.type)
            for field in of.fields
            if field.encode_name in fields
        }
    )


def _is(kind: type, value: Any) -> Any:
    """Return `value` when it is a `kind` (a whole number where a float is wanted, as a float). Raises
    ValidationError."""
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise msgspec.ValidationError(f"Expected `{kind.__name__}`, got `{type(value).__name__}`")
    return value


PLAIN: dict[type[inspect.Type], type] = {
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.BoolType: bool,
}
