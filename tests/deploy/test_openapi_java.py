"""A Java client is made of the OpenAPI document, and compiles."""

from pathlib import Path

import msgspec

from syncd.web.openapi import ENDPOINTS, openapi_document
from tests.deploy.openapi_java import compiled, made_client


def test_a_java_client_is_made_and_compiles(openapi_java: Path, tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_bytes(msgspec.json.encode(openapi_document()))
    sources, words = made_client(openapi_java, document, tmp_path / "client")
    models = {file.stem for file in sources.rglob("model/*.java")}
    answers = {endpoint.answer.__name__ for endpoint in ENDPOINTS if endpoint.answer is not None}
    assert models >= {*answers, "Record", "Event", "Problem"}
    # A name that the generator had to change is one that every client would see changed.
    assert "reserved word" not in words
    (tmp_path / "classes").mkdir()
    assert compiled(openapi_java, sources, tmp_path / "classes") == ""
    assert len(list((tmp_path / "classes").rglob("*.class"))) > len(models)
