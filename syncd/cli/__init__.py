"""The command line. Results on standard output (JSON lines where they are data), everything else on standard error.

    parsing     parse, diff, replay
    ledgers     tail, verify, as-of, held, restored
    health      status
    deciding    release, reject, pause, resume, resync
    kafka       topics
    linking     link
    records     record, history, search
    exporting   export
    evidence    report, archive get, publications, decisions
    coordination  targets, target
    announced   notices, measure-lag
    running     run, once, demo
    facts       feeds, schema, check-config
    options     options that several commands share
    output      how results are printed

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 document refused, 4 signal refused, 5 nobody answered,
6 not everything is current.
"""

import os
import sys

import click

from syncd import __version__
from syncd.cli import (
    announced,
    coordination,
    deciding,
    evidence,
    exporting,
    facts,
    health,
    kafka,
    ledgers,
    linking,
    output,
    parsing,
    records,
    running,
)
from syncd.errors import SyncdError

EPILOG = (
    "Exit codes: 0 done · 1 failed · 2 wrong usage or configuration · 3 document refused · 4 signal refused · "
    "5 nobody answered · 6 not everything is current (status --check)."
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="syncd")
def syncd() -> None:
    """Watches sanctions lists and tells what changed: once, in order, with the evidence.

    Without any configuration `syncd run` watches every list, with its ledger in ./syncd.db.
    """


for module in (
    running,
    parsing,
    ledgers,
    records,
    exporting,
    evidence,
    health,
    deciding,
    kafka,
    linking,
    coordination,
    announced,
    facts,
):
    for command in module.COMMANDS:
        syncd.add_command(command)


def main() -> None:
    """The entry point: errors end as one line on standard error and an exit code, never as a traceback."""
    try:
        code = syncd.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = _complain("interrupted", 130)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except SyncdError as error:
        code = _complain(str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever read the output has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = _complain("interrupted", 130)
    except Exception as error:  # no traceback ever reaches a person
        code = _complain(f"an error of syncd itself: {type(error).__name__}: {error}. Please report it.", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(what: str, code: int) -> int:
    click.echo(f"syncd: {output.harmless(what)}", err=True)
    return code
