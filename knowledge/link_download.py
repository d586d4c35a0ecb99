"""Fetches a file from a foreign address, as carefully as links are checked, and stops at a limit of size."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urljoin

from knowledge.link_fetch import MAX_REDIRECTS, REDIRECTS, Fetcher, Walk
from knowledge.link_target import NoHostError, PortError, RefusedError, parse

CHUNK = 64 * 1024


class NotFetched(Exception):  # noqa: N818 - no fault of the program
    """There is no file; the sentence says why, and never repeats the address."""


class _TooLarge(Exception):  # noqa: N818 - ends the walk
    pass


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
            raise _TooLarge
        body = bytearray()
        while chunk := response.read(CHUNK):
            body += chunk
            if len(body) > self.limit:
                raise _TooLarge
        if response.length:
            raise http.client.IncompleteRead(bytes(body))
        self.body = bytes(body)

    def fetch(self, url: str) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            status, location = self._ask(parse(url), "GET")
            if status in REDIRECTS and location:
                url = urljoin(url, location)
                continue
            if status != http.HTTPStatus.OK:
                raise NotFetched(f"Der Server antwortet mit {status}.")
            return self.body
        raise NotFetched("Die Adresse leitet zu oft weiter.")


def download(fetcher: Fetcher, url: str, *, limit: int) -> bytes:
    """Return the body of what an address leads to, at most `limit` bytes.

    Raises:
        NotFetched: There is none, it is too large, too slow, or may not be asked.
    """
    try:
        return _Download(fetcher, limit).fetch(url)
    except _TooLarge as error:
        raise NotFetched(f"Die Datei ist größer als {limit // (1024 * 1024)} MB.") from error
    except PortError as error:
        raise NotFetched("Erlaubt sind nur die Ports 80 und 443.") from error
    except NoHostError as error:
        raise NotFetched("Den Server dieser Adresse gibt es nicht.") from error
    except RefusedError as error:
        raise NotFetched(
            "Die Adresse ist ungültig oder liegt in einem internen Netz und ist nicht erlaubt."
        ) from error
    except TimeoutError as error:
        raise NotFetched("Der Server antwortet nicht rechtzeitig.") from error
    except ssl.SSLCertVerificationError as error:
        raise NotFetched("Das Zertifikat des Servers ist nicht gültig.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotFetched("Der Server ist nicht erreichbar.") from error
