#!/usr/bin/env bash
# A pull parser of which events were left unread stays in memory, with its whole tree, until circles are looked for.
#
# Who only wants to know the root of a document takes the first event of an `XMLPullParser` and drops the parser. The events
# that were not taken hold their elements, these the tree, and the tree the parser: nothing of it is freed by counting
# references. A process that goes on without `gc` (a short-lived one that saves the time) keeps one tree for each document.
# Once all events were taken, all elements are gone with the parser.
# Output seen: unread 1001 elements left, 0 after a collection; read 0 elements left.
#
# Seen with lxml 6.1.3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check lxml==6.1.3
"$folder/venv/bin/python" - <<'PYTHON'
import gc

from lxml import etree

DOCUMENT = b"<list>" + b"<entry>somebody</entry>" * 1_000


def root(*, read_all: bool) -> str:
    parser = etree.XMLPullParser(events=("start",))
    parser.feed(DOCUMENT)
    if read_all:
        return [element.tag for _, element in parser.read_events()][0]
    return next(element.tag for _, element in parser.read_events())


def elements() -> int:
    return sum(isinstance(one, etree._Element) for one in gc.get_objects())


gc.disable()
assert root(read_all=False) == "list"
left = elements()
gc.collect()
print("unread", left, "elements left,", elements(), "after a collection")
assert (left, elements()) == (1001, 0)
assert root(read_all=True) == "list"
print("read", elements(), "elements left")
assert elements() == 0
PYTHON
echo "still so"
