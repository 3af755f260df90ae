"""The HTTP port: probes, metrics, what syncd knows as JSON and as a page. It only ever answers questions.

    server       the listening port, its routes and its bounds
    access       who may ask
    probes       /livez, /readyz, /metrics
    openapi      /api as data, and its OpenAPI document
    api          the answers of /api, server-sent events among them
    page         the page; times: as a person reads them
    follower     the one task that reads the ledger for all of it
    coordinated  the same for what is said of several lists together
    stream       what goes to whoever listens
    lines        a change, a hold in one line each
    board        who acted on a target, and who has not

It stands on aiohttp: server and streaming in one library, which the rest of the house has anyway, with bounds on lines,
headers and bodies of its own; another framework beside it would add two packages and take nothing away. The page is a
Jinja template, escaped by default, with a style sheet and a script that are files here: no build step, and no address
but this port's own.
"""

from syncd.web.follower import Follower
from syncd.web.server import WebServer

__all__ = ["Follower", "WebServer"]
