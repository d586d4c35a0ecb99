"""Whether one's own mail server confirms who has sent a mail (Authentication-Results, RFC 8601).

Anybody can write any sender, and any such header. Only the topmost counts, and only when it is of the server named
in IMAP_TRUSTED_AUTHSERV: a server puts its own on top of what has come with the mail.
"""

from __future__ import annotations

import re
from email.message import EmailMessage

from django.conf import settings

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*(dmarc|dkim|spf)\s*=\s*(\w+)", re.IGNORECASE)
_PROPERTY = re.compile(r"\b(header\.from|header\.d|header\.i|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_OF = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}


def is_configured() -> bool:
    return bool(settings.IMAP_TRUSTED_AUTHSERV)


def _domain(value: str) -> str:
    return value.rpartition("@")[2].strip(" <>.").lower()


def _own_results(mail: EmailMessage) -> list[str]:
    """Return the results of the topmost header, if it is of the trusted server."""
    value = " ".join(str(mail.get("Authentication-Results", "")).split())
    server, _, results = _COMMENT.sub(" ", value).partition(";")
    words = server.split()  # a version may follow the name
    return results.split(";") if words and words[0].lower() == settings.IMAP_TRUSTED_AUTHSERV else []


def confirms(mail: EmailMessage, sender: str) -> bool:
    """True when the trusted server says that a mail comes from the domain of its sender's address.

    DMARC decides where there is a result of it; else a passed DKIM or SPF for the same domain or one above it.
    """
    domain, passed = _domain(sender), False
    for result in _own_results(mail):
        found = _RESULT.match(result)
        if found is None:
            continue
        method, said = found[1].lower(), found[2].lower()
        named = {key.lower(): _domain(value) for key, value in _PROPERTY.findall(result)}
        domains = [named[key] for key in _OF[method] if named.get(key)]
        if method == "dmarc":
            if said in ("pass", "fail"):
                return said == "pass" and domain in (domains or [domain])
        elif said == "pass":
            passed |= any(_covers(each, domain) for each in domains)
    return passed


def _covers(signed: str, domain: str) -> bool:
    """True for the same domain, or one above it of at least two names."""
    return signed == domain or ("." in signed and domain.endswith(f".{signed}"))
