"""`make kafka`: a throw-away single broker on loopback, for a person to play with. It ends with Ctrl-C."""

import contextlib
import signal
import sys
import tempfile
from pathlib import Path

from tests.kafka import jars
from tests.kafka.brokers import Cluster


def main() -> int:
    lacking = jars.BROKER.missing()
    if lacking:
        print(f"a broker needs {', '.join(lacking)}: {jars.BROKER.remedy}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="syncd-kafka-") as folder:
        print("starting a broker (the first time its jars are fetched) ...", file=sys.stderr, flush=True)
        with Cluster(Path(folder)) as cluster:
            print(f"a broker listens on {cluster.bootstrap}; in another terminal:\n", file=sys.stderr)
            print(f"  export SYNCD_KAFKA__BOOTSTRAP_SERVERS={cluster.bootstrap} SYNCD_KAFKA__REPLICATION=1 \\")
            print("    SYNCD_ARCHIVE__SHARED=true")
            print("  .venv/bin/syncd topics --create && .venv/bin/syncd run\n", flush=True)
            print("Ctrl-C ends it, and nothing is left behind.", file=sys.stderr, flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
