"""What people see on a terminal: tables that fit, names as they are, nothing that moves a cursor."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import rich.console
from rich.console import Console

from syncd.cli import output

BRACKETED = "[bold]Ann[/bold] [/] [link=x"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Both outputs are one terminal of 80 columns."""
    shown = io.StringIO()

    def console(**_: object) -> Console:
        return Console(file=shown, force_terminal=True, width=80, color_system=None)

    monkeypatch.setattr(rich.console, "Console", console)
    return shown


def test_names_with_brackets_stand_as_they_are(terminal: io.StringIO) -> None:
    output.print_table("held", ("key", "name"), [("un_sc:1", BRACKETED)])
    assert BRACKETED in terminal.getvalue()


def test_a_table_fits_and_says_which_columns_it_leaves_out(terminal: io.StringIO) -> None:
    columns = ("feed", "status", "message", "commit", "evidence")
    row = ("us_ofac_sdn", "failing", "the publisher answered 503 to three questions", "1234567", "full and more of it")
    output.print_table("feeds", columns, [row] * 3, dropped_first=("evidence", "commit"))
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("us_ofac_sdn" in line for line in lines) == 3
    assert "evidence: with -o wide, or in a wider terminal" in terminal.getvalue()


@pytest.mark.parametrize("char", ["\x1b", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\u200f", "\r"])
def test_what_a_terminal_would_act_on_is_written_out(terminal: io.StringIO, char: str) -> None:
    assert output.harmless(f"a{char}[2Jb") == f"a\\u{ord(char):04x}[2Jb"
    output.print_table("held", ("name",), [(f"a{char}b",)])
    output.say(f"a{char}b")
    assert char not in terminal.getvalue().replace("\r\n", "\n")


def test_line_breaks_and_letters_of_any_script_stay() -> None:
    assert output.harmless("Анна\nشركة\u200c Ann") == "Анна\nشركة\u200c Ann"


def test_json_on_a_terminal_is_the_same_json_and_moves_no_cursor(tmp_path: Path) -> None:
    program = "from syncd.cli import output; output.json_line({'name': 'a\\x9b2J\\u202eb'}); output.flush()"
    leader, follower = pty.openpty()
    ran = subprocess.run([sys.executable, "-c", program], stdout=follower, check=True, timeout=60)
    os.close(follower)
    shown = os.read(leader, 1000).decode()
    os.close(leader)
    assert ran.returncode == 0
    assert shown.strip() == '{"name":"a\\u009b2J\\u202eb"}'
