"""The HTTP port: probes, metrics, and the state of syncd as JSON and as a page. It is read-only.

    server       the listening port, its routes and its bounds
    connections  which connections it keeps
    access       who may ask
    probes       /livez, /readyz, /metrics
    openapi      /api as data, and its OpenAPI document
    api          the answers of /api, server-sent events among them
    problems     why a request gets no answer
    schema_parts  the schemas in it, as clients need them
    lists        whole lists, and what yente follows them by
    deltas       which commits it is brought on by, and the operations of one
    documents    the publishers' documents, out of the archive
    records      its answers about records
    search       the index over all records, for both
    page         the page
    record_pages  the pages of one record and of the search
    times        times as they stand on it
    follower     the one task that reads the ledger for all of it
    coordinated  its part for the coordination
    announced    its part for notices
    stream       server-sent events and their listeners
    lines        a change, a hold in one line each
    recent       the latest commits of each feed
    board        which authorities acted on a target, and which did not

It stands on aiohttp: server and streaming in one library, which the rest of the house has anyway, with bounds on lines,
headers and bodies of its own; another framework beside it would add two packages and replace none. The page is a Jinja
template, escaped by default, with a style sheet and a script that are files here: no build step, and no address but
this port's own.
"""

from syncd.web.follower import Follower
from syncd.web.server import WebServer

__all__ = ["Follower", "WebServer"]
