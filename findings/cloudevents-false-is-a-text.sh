#!/usr/bin/env bash
# A boolean attribute of a CloudEvent comes back from Kafka as a text that counts as true.
#
# In the binary mode attributes are headers. The format's rules write a boolean as `true` or `false` and binary as Base64;
# this SDK writes what Python prints: `False`, and `b'\x01\x02'` with its letter and quotes. Read by the same SDK, False is
# the text "False": `if event.get_extension("material")` takes every event for a material one. A consumer in another
# language that knows `false` knows no `False`. In HTTP it is the same.
# Output seen: ce_material b'False' ce_proof b"b'\\x01\\x02'", then 'False' str True.
#
# Seen with cloudevents 2.2.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check cloudevents==2.2.0
"$folder/venv/bin/python" - <<'PYTHON'
from cloudevents.core.bindings import http
from cloudevents.core.bindings.kafka import from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

attributes = {"id": "1", "source": "/list", "type": "list.amended", "specversion": "1.0"}
event = CloudEvent({**attributes, "material": False, "proof": b"\x01\x02"}, {"name": "A"})
message = to_binary(event, JSONFormat())
print("ce_material", message.headers["ce_material"], "ce_proof", message.headers["ce_proof"])
assert message.headers["ce_material"] == b"False"
assert message.headers["ce_proof"] == rb"b'\x01\x02'"
assert http.to_binary(event, JSONFormat()).headers["ce-material"] == "False"
material = from_binary(message, JSONFormat()).get_extension("material")
print(repr(material), type(material).__name__, bool(material))
assert material == "False" and bool(material)
PYTHON
echo "still so"
