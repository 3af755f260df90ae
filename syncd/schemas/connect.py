"""Connect schemas, for JsonConverter's `schema.content`: JSON without a registry into sinks that want a schema.

Sinks into tables have no column for what is nested: a struct ends their task, and where the schema has a text for it
JsonConverter gives null. So a schema has the plain fields and the lists of plain values, and leaves the others out.
"""

from typing import Any

from msgspec import Struct, inspect

Schema = dict[str, Any]

_SCALARS: dict[type[inspect.Type], str] = {
    inspect.BoolType: "boolean",
    inspect.IntType: "int64",
    inspect.StrType: "string",
    inspect.LiteralType: "string",
}


def connect_schema(kind: type[Struct]) -> Schema:
    """Return the Connect schema of the flat fields of a struct, in the JSON form of JsonConverter."""
    of = inspect.type_info(kind)
    assert isinstance(of, inspect.StructType)
    fields = [
        {"field": field.encode_name, **schema}
        for field in of.fields
        if (schema := _flat(field.type, optional=not field.required)) is not None
    ]
    return {"type": "struct", "name": f"syncd.v1.{kind.__name__}", "optional": False, "fields": fields}


def _flat(of: inspect.Type, *, optional: bool) -> Schema | None:
    """The schema of a field; None when it is nested."""
    if isinstance(of, inspect.UnionType):
        (inner,) = (one for one in of.types if not isinstance(one, inspect.NoneType))
        return _flat(inner, optional=True)
    if isinstance(of, (inspect.VarTupleType, inspect.ListType)):
        items = _flat(of.item_type, optional=False)
        is_flat = items is not None and items["type"] != "array"
        return {"type": "array", "optional": optional, "items": items} if is_flat else None
    scalar = _SCALARS.get(type(of))
    return {"type": scalar, "optional": optional} if scalar else None
