"""The parser of Docker Compose itself, without Docker."""

from tests.tools import Tool, golang

VERSION = "v2.16.2"
COMPOSE = Tool(
    name="the parser of Docker Compose",
    remedy=golang.REMEDY,
    folder=f"compose-{VERSION}",
    fetch=golang.building("github.com/compose-spec/compose-go/v2/cmd", VERSION, "compose"),
    fetched_with=golang.COMMANDS,
)
