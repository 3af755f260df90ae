"""`notices` and `measure-lag` on a ledger with one act that its list followed and one that it has not."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from syncd.cli import syncd as group
from syncd.errors import ConfigurationError
from syncd.ledger.sqlite import SqliteLedger
from tests.ledger.test_notices import Writer
from tests.notices.invented import CHANNEL, act, after, party


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "syncd.db"
    asyncio.run(_filled(path))
    return path


async def _filled(path: Path) -> None:
    opened = await SqliteLedger.open_file(path, writing=True)
    log = await opened.open_notices()
    writer = Writer(log)
    await log.commit(writer.next_commit(1, "A B"))
    writer.told.board.read(CHANNEL, [act("page 2", party("Nobody Yet"))], after(2))
    waiting = writer.told.board.draft(after(2))
    assert waiting is not None
    await log.commit(waiting)
    await opened.close()


def ran(ledger: Path, *words: str) -> Result:
    result = CliRunner().invoke(group, [*words, "--ledger", str(ledger)])
    assert result.exit_code == 0, result.output
    return result


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_notices_come_with_what_followed(ledger: Path) -> None:
    assert [one.get("state", "open") for one in lines(ran(ledger, "notices"))] == ["settled", "open"]


def test_open_ones_are_those_that_a_list_has_not_followed(ledger: Path) -> None:
    (waiting,) = lines(ran(ledger, "notices", "--open", "--channel", CHANNEL))
    assert waiting["announcement"]["title"]
    assert "links" not in waiting or not waiting["links"]
    assert lines(ran(ledger, "notices", "--channel", "un_press")) == []


def test_a_channel_that_does_not_exist_is_refused_with_those_that_do(ledger: Path) -> None:
    result = CliRunner().invoke(group, ["notices", "--channel", "bogus", "--ledger", str(ledger)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert isinstance(result.exception, ConfigurationError)
    assert "there is no channel bogus; there are: au_dfat_news, eu_oj, " in str(result.exception)


def test_a_table_says_how_long_the_act_has_been_in_law(ledger: Path) -> None:
    shown = ran(ledger, "notices", "-o", "wide").output
    assert "in law since" in shown
    assert " d " in shown


def test_the_lag_is_measured_of_what_was_enacted(ledger: Path) -> None:
    (found,) = lines(ran(ledger, "measure-lag"))
    assert (found["channel"], found["noticed"], found["enacted"]) == (CHANNEL, 2, 1)
