"""Every regular expression of the package takes a time that grows as its text does, whatever the text."""

import ast
import importlib
import pkgutil
import re
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import syncd
from tests.house import hostile

ROOT = Path(syncd.__file__).parent
METHODS = ("fullmatch", "match", "search", "sub", "subn", "split", "findall", "finditer")
CALLS = re.compile(rf"(\w+)\.({'|'.join(METHODS)})\(")
# A text this long is matched at once by a pattern that is linear; one that is not is compared with a quarter of it.
LENGTH = 4_000
AT_ONCE_SECONDS = 0.004
# A linear pattern takes four times as long for four times as much, a quadratic one sixteen times.
GROWTH_MAX = 9
GIVEN_UP_SECONDS = 0.5


def _patterns() -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    """Name → pattern, and the methods by which it is used."""
    sources = {path: path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}
    methods = {path: _methods(text) for path, text in sources.items()}
    anywhere: defaultdict[str, set[str]] = defaultdict(set)
    for of_one in methods.values():
        for name, used in of_one.items():
            anywhere[name] |= used
    found: dict[str, tuple[re.Pattern[Any], frozenset[str]]] = {}
    for module in pkgutil.walk_packages(syncd.__path__, "syncd."):
        if module.name.endswith("__main__"):
            continue
        imported = importlib.import_module(module.name)
        own = methods[Path(imported.__file__ or "")]
        for name, value in vars(imported).items():
            used = own.get(name) or anywhere.get(name) if isinstance(value, re.Pattern) else None
            for number, pattern in enumerate(_inside(value)):
                # Of those in a table it is not plain who uses them, and how.
                found.setdefault(f"{module.name}.{name}[{number}]", (pattern, frozenset(used or {"search"})))
    for path, text in sources.items():
        for number, (method, pattern) in enumerate(_inline(text)):
            found[f"{path.relative_to(ROOT)}:{method}[{number}]"] = (re.compile(pattern), frozenset({method}))
    return found


def _methods(source: str) -> dict[str, set[str]]:
    """Name → the methods of patterns that are called on what goes by it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, method in CALLS.findall(source):
        found[name].add(method)
    return found


def _inside(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list, set, frozenset, dict)) and depth < 4:
        for one in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from _inside(one, depth + 1)


def _inline(source: str) -> Iterator[tuple[str, str]]:
    """(method, pattern) of the calls of `re` that state their pattern on the spot."""
    if "re" not in _methods(source):
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        stated, of = node.args[0], node.func.value
        is_of_re = isinstance(of, ast.Name) and of.id == "re" and node.func.attr in METHODS
        if is_of_re and isinstance(stated, ast.Constant) and isinstance(stated.value, str):
            yield node.func.attr, stated.value


PATTERNS = _patterns()


class TooLong(Exception):
    pass


@contextmanager
def _given_up_after(seconds: float) -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _seconds(pattern: re.Pattern[Any], method: str, text: Any, *, times: int = 1) -> float:
    return min(_once(pattern, method, text) for _ in range(times))


def _once(pattern: re.Pattern[Any], method: str, text: Any) -> float:
    started = time.thread_time()
    try:
        with _given_up_after(GIVEN_UP_SECONDS):
            _use(pattern, method, text)
    except TooLong:
        return float("inf")
    return time.thread_time() - started


def _use(pattern: re.Pattern[Any], method: str, text: Any) -> None:
    if method in ("sub", "subn"):
        getattr(pattern, method)(text[:0], text)
    elif method == "finditer":
        pattern.findall(text)
    else:
        getattr(pattern, method)(text)


def superlinear(pattern: re.Pattern[Any], methods: frozenset[str]) -> str:
    """The beginning of a hostile text for which the time grows faster than the text; empty when there is none."""
    stated = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    flags = pattern.flags if isinstance(pattern.pattern, str) else 0
    for text, quarter in zip(
        hostile.texts(stated, flags, LENGTH), hostile.texts(stated, flags, LENGTH // 4), strict=True
    ):
        long, short = (text, quarter) if isinstance(pattern.pattern, str) else (text.encode(), quarter.encode())
        if any(_grows(pattern, method, short, long) for method in sorted(methods)):
            return text[:60]
    return ""


def _grows(pattern: re.Pattern[Any], method: str, short: Any, long: Any) -> bool:
    if _seconds(pattern, method, short) == float("inf"):
        return True
    taken = _seconds(pattern, method, long)
    if taken <= AT_ONCE_SECONDS or taken == float("inf"):
        return taken == float("inf")
    return _seconds(pattern, method, long, times=5) > GROWTH_MAX * _seconds(pattern, method, short, times=5)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear_in_its_text(name: str) -> None:
    assert superlinear(*PATTERNS[name]) == ""


@pytest.mark.parametrize(
    "pattern",
    [r"^\s*(?:IMO)?\s*:?\s*(\d{7})\s*$", r"\s*;", r"(.+?)\s+(?:to|until)\s+(.+)", r"(?:\s+|x)*y", r"\S*://\S*"],
)
def test_a_pattern_that_is_not_linear_is_found(pattern: str) -> None:
    assert superlinear(re.compile(pattern), frozenset({"search"}))


def test_there_are_patterns_to_look_at() -> None:
    assert len(PATTERNS) > 150
