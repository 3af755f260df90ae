"""A certificate authority of two days, the brokers' certificate, and clients' certificates, by openssl."""

import subprocess
from pathlib import Path

DAYS = "2"


def make(folder: Path) -> None:
    """ca.crt, ca.key and broker.pem (key and certificate for localhost and 127.0.0.1)."""
    _openssl(
        folder,
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", "/CN=invented authority"),
        *("-keyout", "ca.key", "-out", "ca.crt"),
    )
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    signed(folder, "broker", "/CN=localhost", "-extfile", "names")
    (folder / "broker.pem").write_text((folder / "broker.key").read_text() + (folder / "broker.crt").read_text())


def signed(folder: Path, name: str, subject: str, *more: str) -> None:
    """`name`.key and `name`.crt, signed by the authority of the folder."""
    _openssl(
        folder,
        *("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.csr"),
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-days", DAYS, "-out", f"{name}.crt", *more),
    )


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)
