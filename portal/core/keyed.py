"""Keyed hashes: what stands for an address, or shows that a name is ours, where nobody shall read or make it up.

Made with SECRET_KEY, and still known when made with a key that has been replaced (SECRET_KEY_FALLBACKS), as Django
knows its own signatures: what is stored, or stands in mails that are out, outlives a change of the key.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac


@dataclass(frozen=True)
class KeyedHash:
    """One kind of keyed hash: `length` hexadecimal digits, for one purpose (`salt`)."""

    salt: str
    length: int = 64
    algorithm: str = "sha256"

    def _with(self, key: str, text: str) -> str:
        return salted_hmac(self.salt, text, secret=key, algorithm=self.algorithm).hexdigest()[: self.length]

    def of(self, text: str) -> str:
        """Return the hash of a text by the present key."""
        return self._with(settings.SECRET_KEY, text)

    def every(self, text: str) -> list[str]:
        """Return the hashes a text may be known by: the present one, then those of keys it has replaced."""
        return [self._with(key, text) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]

    def fits(self, value: str, text: str) -> bool:
        """True when a value is the hash of a text by any of them."""
        return any(constant_time_compare(value, known) for known in self.every(text))
