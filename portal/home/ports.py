"""Whether the portal can listen on a port; also a program of its own, since `make run` asks before the set-up.

So it needs nothing but Python: `python3 portal/home/ports.py 127.0.0.1 8000`.
"""

from __future__ import annotations

import errno
import socket
import sys


def problem_of(host: str, port: int) -> str:
    """Return in German why nothing can listen on `port` of `host`; empty when it is free."""
    if not 0 < port < 65536:
        return f"Einen Port {port} gibt es nicht. Wählen Sie einen zwischen 1024 und 65535: make run PORT=8001"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            return f"Den Rechnernamen {host} gibt es hier nicht. Lassen Sie HOST weg oder nehmen Sie 127.0.0.1."
        except OSError as error:
            reasons = {errno.EADDRINUSE: "ist belegt", errno.EACCES: "ist dem System vorbehalten"}
            reason = reasons.get(error.errno or 0, f"ist auf {host} nicht zu öffnen ({error.strerror})")
            other = port + 1 if 1024 <= port < 65535 else 8001
            return f"Der Port {port} {reason}. Wählen Sie einen anderen: make run PORT={other}"
    return ""


def is_served(host: str, port: int) -> bool:
    """Tell whether somebody listens on a port."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def main(host: str = "127.0.0.1", port: str = "") -> str:
    if not port.isdecimal():
        return f"„{port}“ ist kein Port. Wählen Sie eine Zahl zwischen 1024 und 65535: make run PORT=8001"
    return problem_of(host, int(port))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]) or None)
