"""Records and targets as other versions of syncd wrote them: a word that this one does not know is kept as it stands.

Lists of words may grow, and a field whose words were free may get a list; neither may stop whoever reads what was
committed, nor alter it: a digest is of the words as they stand.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T")

_plain = msgspec.json.Decoder(Any).decode


def decoder(kind: type[T]) -> Callable[[bytes], T]:
    """Decodes the JSON of a struct `kind`. Raises msgspec.MsgspecError for what is none, but for unknown words."""
    known: Callable[[bytes], T] = msgspec.json.Decoder(kind).decode
    described = inspect.type_info(kind)

    def decode(json: bytes) -> T:
        try:
            return known(json)
        except msgspec.ValidationError:
            made: T = _made(_plain(json), described)
            return made

    return decode


def _made(value: Any, of: inspect.Type) -> Any:
    if isinstance(of, inspect.UnionType):
        (inner,) = (one for one in of.types if not isinstance(one, inspect.NoneType))
        return None if value is None else _made(value, inner)
    if isinstance(of, inspect.StructType):
        return _struct(value, of)
    if isinstance(of, inspect.VarTupleType):
        return tuple(_made(one, of.item_type) for one in msgspec.convert(value, list[Any]))
    if isinstance(of, inspect.LiteralType):
        return msgspec.convert(value, str)
    if isinstance(of, inspect.DictType):
        return {name: _made(one, of.value_type) for name, one in msgspec.convert(value, dict[str, Any]).items()}
    if isinstance(of, inspect.AnyType):
        return value
    return msgspec.convert(value, PLAIN[type(of)])


def _struct(value: Any, of: inspect.StructType) -> Any:
    fields = msgspec.convert(value, dict[str, Any])
    missing = [one.encode_name for one in of.fields if one.required and one.encode_name not in fields]
    if missing:
        raise msgspec.ValidationError(f"Object missing required field `{missing[0]}`")
    return of.cls(
        **{one.name: _made(fields[one.encode_name], one.type) for one in of.fields if one.encode_name in fields}
    )


PLAIN: dict[type[inspect.Type], type] = {
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.BoolType: bool,
}
