"""Avro for those who want it: schemas made of the types, and values between their JSON and Avro's binary form.

The JSON form stays the one that the ledger thinks in; Avro is only how a value travels. Where JSON says more than
Avro can (a field change's value may be of any type), the Avro field holds that value's JSON as text. Words from closed
lists are strings and not enums: a new word must not break a reader that has the old schema.
"""

import base64
import io
import json
from collections.abc import Callable
from typing import Any, cast

import fastavro
import msgspec
from msgspec import NODEFAULT, Struct, inspect

from syncd.core.model import Record

NAMESPACE = "syncd.v1"
Schema = dict[str, Any] | list[Any] | str
Shape = Callable[[Any], Any]

_SCALARS: dict[type[inspect.Type], str] = {
    inspect.BoolType: "boolean",
    inspect.IntType: "long",
    inspect.FloatType: "double",
    inspect.StrType: "string",
    inspect.LiteralType: "string",
    inspect.BytesType: "bytes",
}


def avro_schema(kind: type[Struct]) -> dict[str, Any]:
    """The Avro schema of a struct; each named type stands where it is first used."""
    return cast(dict[str, Any], _schema(inspect.type_info(kind), set()))


def _schema(of: inspect.Type, named: set[str]) -> Schema:
    if isinstance(of, inspect.UnionType):
        (inner,) = (one for one in of.types if not isinstance(one, inspect.NoneType))
        return _schema(inner, named) if isinstance(inner, inspect.RawType) else ["null", _schema(inner, named)]
    if isinstance(of, inspect.StructType):
        return _record(of, named)
    if isinstance(of, (inspect.VarTupleType, inspect.ListType)):
        return {"type": "array", "items": _schema(of.item_type, named)}
    if isinstance(of, inspect.DictType):
        return {"type": "map", "values": _schema(of.value_type, named)}
    if isinstance(of, inspect.RawType):
        return ["null", _schema(inspect.type_info(Record), named)]
    if isinstance(of, inspect.AnyType):
        return ["null", "string"]
    return _SCALARS[type(of)]


def _record(of: inspect.StructType, named: set[str]) -> Schema:
    name = of.cls.__name__
    full = f"{NAMESPACE}.{name}"
    if full in named:
        return full
    named.add(full)
    doc = " ".join((of.cls.__doc__ or "").split())
    fields = [_field(one, named) for one in of.fields]
    return {"type": "record", "name": name, "namespace": NAMESPACE, "doc": doc, "fields": fields}


def _field(of: inspect.Field, named: set[str]) -> dict[str, Any]:
    schema = {"name": of.encode_name, "type": _schema(of.type, named)}
    default = _default(of)
    if default is NODEFAULT:
        return schema
    return schema | {"default": _plain(default)}


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _default(of: inspect.Field) -> Any:
    if of.default_factory is not NODEFAULT:
        return of.default_factory()
    return of.default


class Codec:
    """Values of one type. `schema` is what a registry is given."""

    def __init__(self, kind: type[Struct]) -> None:
        self.schema = avro_schema(kind)
        self._parsed = fastavro.parse_schema(self.schema)
        info = inspect.type_info(kind)
        self._to, self._back = _to_avro(info), _from_avro(info)

    def encode(self, value: bytes) -> bytes:
        """Avro's binary form of a value in JSON."""
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self._parsed, self._to(msgspec.json.decode(value)))
        return out.getvalue()

    def decode(self, value: bytes, writer: Any) -> bytes:
        """The JSON of a value that was written with the schema `writer`, fields that have their default left out.
        Raises ValueError, EOFError or fastavro's own errors for what is none."""
        found = fastavro.schemaless_reader(io.BytesIO(value), writer, self._parsed)
        return msgspec.json.encode(self._back(found))


def _same(value: Any) -> Any:
    return value


def _to_avro(of: inspect.Type) -> Shape:
    return _shape(of, any_=lambda value: None if value is None else _text(value), bytes_=base64.b64decode, back=False)


def _from_avro(of: inspect.Type) -> Shape:
    return _shape(
        of,
        any_=lambda value: None if value is None else json.loads(value),
        bytes_=lambda value: base64.b64encode(value).decode(),
        back=True,
    )


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _shape(of: inspect.Type, *, any_: Shape, bytes_: Shape, back: bool) -> Shape:
    """How a decoded value of this type changes on its way; `_same` when it does not."""

    def inner(one: inspect.Type) -> Shape:
        return _shape(one, any_=any_, bytes_=bytes_, back=back)

    if isinstance(of, inspect.UnionType):
        (shape,) = (inner(one) for one in of.types if not isinstance(one, inspect.NoneType))
        return shape if shape is _same else lambda value: None if value is None else shape(value)
    if isinstance(of, inspect.RawType):
        shape_of_record = inner(inspect.type_info(Record))
        return lambda value: None if value is None else shape_of_record(value)
    if isinstance(of, inspect.StructType):
        return _struct_shape(of, inner, back=back)
    if isinstance(of, (inspect.VarTupleType, inspect.ListType)):
        item = inner(of.item_type)
        return item if item is _same else lambda value: [item(one) for one in value]
    if isinstance(of, inspect.AnyType):
        return any_
    return bytes_ if isinstance(of, inspect.BytesType) else _same


def _struct_shape(of: inspect.StructType, inner: Callable[[inspect.Type], Shape], *, back: bool) -> Shape:
    shapes = {one.encode_name: inner(one.type) for one in of.fields}
    if not back:
        changed = {name: shape for name, shape in shapes.items() if shape is not _same}
        if not changed:
            return _same
        return lambda value: {name: changed.get(name, _same)(one) for name, one in value.items()}
    defaults = {one.encode_name: _plain(_default(one)) for one in of.fields if not one.required}
    return lambda value: {
        name: shapes[name](one) for name, one in value.items() if name not in defaults or one != defaults[name]
    }
