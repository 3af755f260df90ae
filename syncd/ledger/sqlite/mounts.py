"""Which file systems a ledger may lie on.

WAL needs memory shared by all who have the file open, which no network file system gives, and its locks are often not
seen by other hosts (https://www.sqlite.org/wal.html, "All processes using a database must be on the same host").
"""

import re
from pathlib import Path

from syncd.errors import LedgerError

NETWORK = frozenset(
    {
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fuse.ceph",
        "fuse.davfs2",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.goofys",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "orangefs",
        "pvfs2",
        "smb3",
        "smbfs",
        "vboxsf",
    }
)

MOUNTS = Path("/proc/self/mountinfo")


def refuse_network(path: Path, mounts: Path = MOUNTS) -> None:
    """Raises LedgerError when `path` lies on a network file system. Says nothing where there is no `mounts` to ask."""
    try:
        table = mounts.read_text(errors="surrogateescape")
    except OSError:
        return
    where, kind, options = _mount_of(path.absolute().parent.resolve(), table)
    if kind in NETWORK or _is_shared_9p(kind, options):
        raise LedgerError(
            f"{path} lies on a network file system ({kind} at {where}), where SQLite cannot keep its promises: "
            "give the ledger a local disk, or use the Kafka ledger, which needs none"
        )


def _mount_of(folder: Path, table: str) -> tuple[Path, str, str]:
    """Mount point, type and options of the file system that `folder` lies on. A later mount covers an earlier one."""
    best, kind, options = Path("/"), "", ""
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields, about = left.split(" "), right.split(" ")
        if len(fields) < 5 or len(about) < 3:
            continue
        point = Path(_unescaped(fields[4]))
        if folder.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind, options = point, about[0], about[2]
    return best, kind, options


def _unescaped(point: str) -> str:
    # proc(5): space, tab, newline and backslash are written as three octal digits.
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), point)


def _is_shared_9p(kind: str, options: str) -> bool:
    # A sandbox (gVisor) shows its own local root as 9p over a descriptor; Windows drives in WSL look like that too.
    return kind == "9p" and ("drvfs" in options or "trans=fd" not in options)
