"""How a process that a test started comes to its end."""

import subprocess

SECONDS_MAX = 30.0


def until_ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end, and kill it when it does not."""
    try:
        process.wait(SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
