"""Connect schemas, for JsonConverter's `schema.content`: JSON without a registry into sinks that want a schema."""

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
    """Return the Connect schema of a struct in the JSON form of JsonConverter."""
    return _schema(inspect.type_info(kind), optional=False)


def _schema(of: inspect.Type, *, optional: bool) -> Schema:
    if isinstance(of, inspect.UnionType):
        (inner,) = (one for one in of.types if not isinstance(one, inspect.NoneType))
        return _schema(inner, optional=True)
    if isinstance(of, inspect.StructType):
        fields = [{"field": one.encode_name, **_schema(one.type, optional=not one.required)} for one in of.fields]
        return {"type": "struct", "name": f"syncd.v1.{of.cls.__name__}", "optional": optional, "fields": fields}
    if isinstance(of, (inspect.VarTupleType, inspect.ListType)):
        return {"type": "array", "optional": optional, "items": _schema(of.item_type, optional=False)}
    return {"type": _SCALARS[type(of)], "optional": optional}
