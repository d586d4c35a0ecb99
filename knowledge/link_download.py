"""Fetches a file from a foreign address, as carefully as links are checked, and stops at a limit of size."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urljoin

from knowledge.link_fetch import MAX_REDIRECTS, REDIRECTS, Fetcher, Walk
from knowledge.link_target import NoHostError, PortError, RefusedError, parse

CHUNK = 64 * 1024


class NotFetched(Exception):  # noqa: N818 - no fault of the program
    """There is no file; the sentence says why and what to do, and never repeats the address."""


class TooLarge(NotFetched):
    """The file is larger than the limit."""


AGAIN = "Bleibt es dabei, prüfen Sie die Adresse."
INSIDE = (
    "Die Adresse ist ungültig oder liegt in einem internen Netz und ist nicht erlaubt. Prüfen Sie sie, oder "
    "bitten Sie den Betrieb des Portals, den Server freizugeben."
)
LOGIN, GONE = {401, 403, 407}, {404, 410}


def _refused(status: int) -> str:
    """Return what an answer without a file means for whoever gave the address."""
    if status in LOGIN:
        return f"Der Server verlangt eine Anmeldung ({status}). Nehmen Sie einen Link, der ohne Anmeldung geht."
    if status in GONE:
        return f"Unter dieser Adresse gibt es keine Datei ({status}). Kopieren Sie den Link noch einmal von dort."
    return f"Der Server antwortet mit einem Fehler ({status}). {AGAIN}"


class _Download(Walk):
    """One GET through all redirects, each hop resolved and judged anew, with one deadline for all of it."""

    def __init__(self, fetcher: Fetcher, limit: int) -> None:
        super().__init__(fetcher)
        self.limit, self.body = limit, b""

    def headers(self, method: str) -> dict[str, str]:
        return {"Accept-Encoding": "identity"}

    def read(self, response: http.client.HTTPResponse) -> None:
        """Read to the end or the limit; a length that is announced ends it at once."""
        if response.status != http.HTTPStatus.OK:
            return
        if (response.length or 0) > self.limit:
            raise self._too_large()
        body = bytearray()
        while chunk := response.read(CHUNK):
            body += chunk
            if len(body) > self.limit:
                raise self._too_large()
        if response.length:
            raise http.client.IncompleteRead(bytes(body))
        self.body = bytes(body)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"Die Datei ist größer als {self.limit // (1024 * 1024)} MB. Nehmen Sie eine kleinere.")

    def fetch(self, url: str) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            status, location = self._ask(parse(url), "GET")
            if status in REDIRECTS and location:
                url = urljoin(url, location)
                continue
            if status != http.HTTPStatus.OK:
                raise NotFetched(_refused(status))
            return self.body
        raise NotFetched("Die Adresse leitet zu oft weiter. Geben Sie die Adresse an, zu der sie am Ende führt.")


def download(fetcher: Fetcher, url: str, *, limit: int) -> bytes:
    """Return the body of what an address leads to, at most `limit` bytes.

    Raises:
        NotFetched: There is none, it is too large, too slow, or may not be asked.
    """
    try:
        return _Download(fetcher, limit).fetch(url)
    except PortError as error:
        raise NotFetched("Erlaubt sind nur die Ports 80 und 443. Geben Sie eine Adresse ohne Port an.") from error
    except NoHostError as error:
        raise NotFetched("Den Server dieser Adresse gibt es nicht. Prüfen Sie ihre Schreibweise.") from error
    except RefusedError as error:
        raise NotFetched(INSIDE) from error
    except TimeoutError as error:
        raise NotFetched(f"Der Server antwortet nicht rechtzeitig. {AGAIN}") from error
    except ssl.SSLCertVerificationError as error:
        raise NotFetched(
            "Das Zertifikat des Servers ist nicht gültig. Bitten Sie dessen Betrieb, es zu erneuern."
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotFetched(f"Der Server ist nicht erreichbar. {AGAIN}") from error
