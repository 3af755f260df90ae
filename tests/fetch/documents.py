"""Invented lists, and archives of them."""

import io
import zipfile

LIST = b"<?xml version='1.0'?>\n<LIST>" + b"".join(b"<ENTRY id='%d'/>" % n for n in range(2000)) + b"</LIST>"
SHORT_LIST = b"<LIST>" + b"<ENTRY/>" * 10 + b"</LIST>"
MAINTENANCE = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Back soon</body></html>"
SERVER_ERROR = b'{"timestamp":"2026-01-01","status":500,"error":"Internal Server Error","path":"/x?token=abc"}'


def zipped(**members: bytes) -> bytes:
    return archive([(name.replace("__", "."), content) for name, content in members.items()])


def archive(members: list[tuple[str, bytes]], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return file.getvalue()


def encrypted(content: bytes) -> bytes:
    """A ZIP that says of its member that it is encrypted."""
    whole = bytearray(archive([("list.xml", content)]))
    whole[6] |= 1
    whole[whole.find(b"PK\x01\x02") + 8] |= 1
    return bytes(whole)
