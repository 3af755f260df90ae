"""What a poll costs that is answered 304: processor time of the whole process, over many polls on loopback."""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from syncd.config import FetchSettings
from syncd.core.state import Validators
from syncd.feeds import all_feeds
from syncd.fetch import Fetcher, NotModified

POLLS = 300
SERVER = """
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(304); self.send_header("ETag", '"a"'); self.end_headers()
    def log_message(self, *a): pass
s = http.server.HTTPServer(("127.0.0.1", 0), H); print(s.server_port, flush=True); s.serve_forever()
"""


async def measure(port: int, into: Path) -> float:
    """Milliseconds of CPU a poll."""
    source = all_feeds()["un_sc"].sources[0]
    async with Fetcher(FetchSettings(internal_hosts=("127.0.0.1",))) as fetcher:
        started = time.process_time()
        for _ in range(POLLS):
            url = f"http://127.0.0.1:{port}/list.xml"
            answer = await fetcher.document(source, Validators(etag='"a"'), into=into, url=url)
            assert isinstance(answer, NotModified)
        return (time.process_time() - started) / POLLS * 1000


def main() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        try:
            assert server.stdout
            port = int(server.stdout.readline())
            milliseconds = asyncio.run(measure(port, Path(folder)))
        finally:
            server.terminate()
    print(f"a poll answered 304: {milliseconds:.2f} ms of CPU (wanted < 5 ms), mean of {POLLS}")
