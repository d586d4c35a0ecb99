"""A real IMAP server for tests: Dovecot, started on this machine in a folder of its own and ended with it."""

from __future__ import annotations

import imaplib
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOW = "apt-get install dovecot-imapd"
PASSWORD = "Käse-und-Grüße-42"
_SHARED = """
base_dir = {run}
log_path = {folder}/log
listen = 127.0.0.1
ssl = yes
first_valid_uid = 1
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""
_CONFIG_23 = """
protocols = imap
disable_plaintext_auth = no
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
_CONFIG_24 = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {{
  imap = yes
}}
auth_allow_cleartext = yes
ssl_server_cert_file = {folder}/cert.pem
ssl_server_key_file = {folder}/key.pem
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
"""


@dataclass(frozen=True)
class ImapServer:
    """A running server: two ports on 127.0.0.1, and the certificate it shows. Any name logs in with PASSWORD."""

    plain: int
    tls: int
    certificate: Path

    @contextmanager
    def _session(self, user: str) -> Iterator[imaplib.IMAP4]:
        session = imaplib.IMAP4("127.0.0.1", self.plain, timeout=20)
        session.authenticate("PLAIN", lambda _: f"\0{user}\0{PASSWORD}".encode())
        try:
            yield session
        finally:
            session.logout()

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        """Put a mail into a mailbox, unread."""
        with self._session(user) as session:
            answer, _ = session.append(folder, "", "", raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
            assert answer == "OK"

    def move(self, user: str, source: str, target: str) -> None:
        """Move all mails of a folder, as a person does."""
        with self._session(user) as session:
            session.select(f'"{source}"')
            session.uid("MOVE", "1:*", f'"{target}"')

    def folder(self, user: str, name: str) -> list[tuple[bytes, bool]]:
        """Return the mails of a folder with whether each has been read; none where the folder is missing."""
        with self._session(user) as session:
            if session.select(f'"{name}"', readonly=True)[0] != "OK":
                return []
            found = session.search(None, "ALL")[1][0].split()
            mails = []
            for number in found:
                data = session.fetch(number, "(FLAGS BODY.PEEK[])")[1]
                mails.append((bytes(data[0][1]), b"\\Seen" in b" ".join(_lines(data))))  # type: ignore[index]
            return mails


def _lines(data: Sequence[bytes | tuple[bytes, bytes] | None]) -> list[bytes]:
    return [part if isinstance(part, bytes) else part[0] for part in data if part]


def find_dovecot() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        for probe in (one, two):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _configuration(dovecot: str, folder: Path, plain: int, tls: int) -> str:
    """Return a configuration for the version that is installed: 2.3 and 2.4 differ."""
    root = os.geteuid() == 0
    mail = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    own = mail.pw_name
    said = subprocess.run([dovecot, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"(\d+)\.(\d+)", said)
    assert version, said
    newer = (int(version[1]), int(version[2])) >= (2, 4)
    values = {
        "folder": folder, "run": folder / "run", "plain": plain, "tls": tls, "password": PASSWORD,
        "uid": mail.pw_uid, "gid": mail.pw_gid, "internal": "dovecot" if root else own,
        "login": "dovenull" if root else own, "group": "dovecot" if root else _group_name(mail.pw_gid),
    }  # fmt: skip
    first = _CONFIG_24 if newer else _CONFIG_23  # the version has to stand in the first line
    return (first.lstrip() + _SHARED).format(**values)


def _group_name(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


@contextmanager
def running() -> Iterator[ImapServer]:
    """Start a server and end it.

    Raises:
        FileNotFoundError: Dovecot is not installed.
    """
    dovecot = find_dovecot()
    if dovecot is None:
        raise FileNotFoundError(HOW)
    folder = Path(tempfile.mkdtemp(prefix="imap-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    (folder / "mail").chmod(0o777)
    _write_certificate(folder)
    plain, tls = _free_ports()
    config = folder / "dovecot.conf"
    config.write_text(_configuration(dovecot, folder, plain, tls))
    process = subprocess.Popen([dovecot, "-F", "-c", str(config)], stderr=subprocess.PIPE)
    try:
        _wait(process, plain, folder)
        yield ImapServer(plain, tls, folder / "cert.pem")
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            said = process.stderr.read().decode() if process.stderr else ""
            raise RuntimeError(f"dovecot ended: {said}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                if probe.recv(5) == b"* OK ":
                    return
        except OSError:
            pass
        time.sleep(0.1)
    log = folder / "log"
    raise RuntimeError(f"dovecot does not answer: {log.read_text() if log.exists() else ''}")
