"""What another version of syncd wrote is read as it stands."""

import msgspec
import pytest

from syncd.core import body, canonical, targets
from syncd.core.model import Record
from syncd.core.target import Member, Target
from tests.core.lists import record

# Words that no list of today has: a gender as it was once free, and what may come.
OTHERS = {"genders": ["Male"], "identifiers": [{"type": "of_tomorrow", "value": "1"}], "kind": "robot"}


def with_words(**others: object) -> bytes:
    return msgspec.json.encode({**msgspec.to_builtins(record(1)), **others})


@pytest.mark.parametrize("name", OTHERS)
def test_a_word_that_is_not_known_is_kept(name: str) -> None:
    json = with_words(**{name: OTHERS[name]})
    read = body.decode(json)
    assert isinstance(read, Record)
    assert msgspec.json.decode(msgspec.json.encode(read)) == msgspec.json.decode(json)


def test_a_digest_is_of_the_words_as_they_stand() -> None:
    old, new = body.decode(with_words(genders=["Male"])), body.decode(with_words(genders=["male"]))
    assert canonical.form(old)["genders"] == ["Male"]
    assert canonical.digest(old) != canonical.digest(new)


@pytest.mark.parametrize("other", [{"names": "Kato"}, {"kind": 7}, {"genders": "male"}, {"names": [{"kind": "alias"}]}])
def test_what_is_no_record_is_refused(other: dict[str, object]) -> None:
    with pytest.raises(msgspec.MsgspecError):
        body.decode(with_words(**other))


def test_a_target_of_another_version_is_read() -> None:
    member = Member(key="un_sc:1", status="listed", sequence=1, senior="2025-03-01", profile=record(1))
    plain = msgspec.to_builtins(Target(id="t", founder="un_sc:1", members=(member,)))
    plain["members"][0]["profile"]["genders"] = ["Male"]
    read = targets.unpack(body.pack_json(msgspec.json.encode(plain)))
    assert isinstance(read.members[0].profile, Record)
    assert msgspec.json.encode(read) == msgspec.json.encode(plain)
