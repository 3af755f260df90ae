"""The HTTP port: probes, metrics, the status as JSON and as a page. It only ever answers questions."""

from syncd.web.server import WebServer

__all__ = ["WebServer"]
