"""What is remembered of a document is what reading it gives, and no longer than the code that read it is the same."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds
from syncd.feeds.reading import DocumentReading, Known
from tests.feeds import documents, remembered
from tests.feeds.remembered import RememberedReading

CASES = [case for case in documents.cases() if case.feed in {"un_sc", "au_dfat", "us_ofac_sdn"}]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where nothing is remembered yet, and small documents are, too."""
    monkeypatch.setattr(remembered, "FOLDER", tmp_path)
    monkeypatch.setattr(remembered, "BYTES_MIN", 0)
    return tmp_path


def reading(case: documents.Case, body: bytes, **how: bool | Known) -> DocumentReading:
    return RememberedReading(all_feeds()[case.feed], case.vocabulary, io.BytesIO(body), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.feed}/{case.path.name}")
def test_what_is_remembered_is_what_reading_gives(
    case: documents.Case, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    body = case.body()
    fresh = DocumentReading(all_feeds()[case.feed], case.vocabulary, io.BytesIO(body))
    expected = list(fresh)
    assert list(reading(case, body)) == expected
    monkeypatch.setattr(DocumentReading, "__iter__", lambda _: pytest.fail("it was read again"))
    again = reading(case, body)
    assert (list(again), again.header) == (expected, fresh.header)
    assert len(list(folder.rglob("*"))) == 2


UN = next(case for case in CASES if case.feed == "un_sc")


def test_a_strict_reading_complains_of_what_another_remembered() -> None:
    body = UN.body().replace(b"</DATAID>", b"</DATAID><ODD>x</ODD>", 1)
    assert [entry.unknown for entry in reading(UN, body) if entry.unknown] == [{"INDIVIDUAL/ODD"}]
    with pytest.raises(DocumentRefused, match="is partial"):
        list(reading(UN, body, strict=True))


def test_what_is_known_already_is_not_taken_for_all_that_there_is() -> None:
    first = list(reading(UN, UN.body()))
    known = Known(fingerprints={one.fingerprint: one.key for one in first if one.key}, references={})
    assert [entry.record for entry in reading(UN, UN.body(), known=known)] == [None] * len(first)


def test_other_code_remembers_nothing_of_what_this_had_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = {"core/a.py": b"a = 1", "core/b.py": b""}
    others = [
        {"core/a.py": b"a = 2", "core/b.py": b""},
        {"core/a.py": b"a = 1"},
        {"core/a.py": b"", "core/b.py": b"a = 1"},
    ]
    assert len({remembered.digest_of(one) for one in (code, *others)}) == 4
    (folder / "other").mkdir()
    remembered.code_digest.cache_clear()
    assert remembered.code_digest() == remembered.digest_of(remembered.contents((*remembered.PURE, *remembered.BESIDE)))
    assert list(folder.iterdir()) == []


def test_every_module_that_a_reading_uses_is_code_that_it_depends_on() -> None:
    """By what a process has loaded that has read a document of each feed, and nothing else."""
    program = (
        "import sys; from syncd.feeds import all_feeds; all_feeds(); import syncd.feeds.reading; print(*sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=remembered.ROOT
    )
    loaded = {name for name in ran.stdout.split() if name.startswith("syncd.")}
    pure = {f"syncd.{place.stem}" for place in remembered.PURE}
    assert loaded
    assert {".".join(name.split(".")[:2]) for name in loaded} <= pure
