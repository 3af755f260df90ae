"""What a library does not allow of two threads at once is done at import, while there is one.

msgspec describes a struct when it first decodes into it, and another thread that decodes into the same struct meanwhile
reads a description that is half made: the process dies of SIGSEGV. A `Decoder` makes the description at once and
whole; encoding and `to_builtins` need none.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SOURCES = sorted((TOP / "syncd").rglob("*.py"))
MODULES = {"msgspec", "json", "msgpack", "toml", "yaml"}

# Four threads decode at once into structs that refer to each other; `%s` makes what they decode with.
MANY_THREADS = """
import sys, threading, msgspec

text = "import msgspec\\n"
for number in range(60):
    kind, default = (f"tuple['S{number + 1}', ...]", "()") if number < 59 else ("int", "0")
    text += f"class S{number}(msgspec.Struct):\\n    a: 'str | None' = None\\n    n: {kind!r} = {default}\\n"
module = sys.modules["structs"] = type(sys)("structs")
exec(text.replace("class S", "class S"), module.__dict__)
for one in list(module.__dict__.values()):
    if isinstance(one, type):
        one.__module__ = "structs"

def nested(depth):
    return {"a": "x", "n": [nested(depth + 1)] if depth < 20 else []}

data = msgspec.json.encode(nested(0))
sys.setswitchinterval(1e-6)
decode = %s
together = threading.Barrier(4)

def work():
    together.wait()
    decode(data)

threads = [threading.Thread(target=work) for _ in range(4)]
for one in threads:
    one.start()
for one in threads:
    one.join()
"""


def late(tree: ast.AST) -> Iterator[str]:
    """What makes a struct's description when it is called: decoding by type, converting, a decoder in a function."""
    inside = {
        call
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for statement in (function.body if isinstance(function.body, list) else [function.body])
        for call in ast.walk(statement)
        if isinstance(call, ast.Call)
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = _name(call.func)
        typed = len(call.args) > 1 or any(keyword.arg in ("type", None) for keyword in call.keywords)
        if (name.split(".")[0] in MODULES and name.endswith(".decode") and typed) or name == "msgspec.convert":
            yield f"line {call.lineno}: {name} makes the description when it is called"
        if name.split(".")[-1] == "Decoder" and call in inside:
            yield f"line {call.lineno}: {name} in a function is made when others may be decoding"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("msgspec"):
            yield from (f"line {node.lineno}: {a.name}" for a in node.names if a.name in ("decode", "convert"))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_what_decodes_is_made_before_there_are_threads(path: Path) -> None:
    assert not list(late(ast.parse(path.read_text())))


@pytest.mark.parametrize(
    "text",
    [
        "def f(b): return msgspec.json.decode(b, type=Change)",
        "def f(b): return msgspec.msgpack.decode(b, type=kind)",
        "x = msgspec.convert(row, Change)",
        "def f(b): return msgspec.json.Decoder(Change).decode(b)",
        "f = lambda b: msgspec.json.Decoder(Change).decode(b)",
        "from msgspec.json import decode",
    ],
)
def test_late_ways_of_decoding_are_seen(text: str) -> None:
    assert list(late(ast.parse(text)))


@pytest.mark.parametrize("text", ["x = msgspec.json.Decoder(Change)", "def f(b): return msgspec.json.decode(b)"])
def test_early_ways_of_decoding_are_let_be(text: str) -> None:
    assert not list(late(ast.parse(text)))


@pytest.mark.parametrize("made", ["msgspec.json.Decoder(module.S0).decode"])
def test_a_decoder_made_early_serves_several_threads(made: str) -> None:
    ran = subprocess.run([sys.executable, "-c", MANY_THREADS % made], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
