"""Typed reader for environment variables; the one place where the process environment is read.

Every variable that is read is remembered in `Env.known`, so that a test can compare the list with
docs/settings.md.
"""

import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on", "ja"}
FALSE = {"0", "false", "no", "off", "nein", ""}


class Env:
    """Reads variables from a mapping; a missing required one raises `ImproperlyConfigured`."""

    def __init__(self, environ: dict[str, str] | None = None) -> None:
        self.environ = os.environ if environ is None else environ
        self.known: dict[str, str] = {}
        self.defaults: dict[str, str] = {}

    def loosen(self, **values: str) -> None:
        """Give values that count where the environment is silent (development and test settings only)."""
        self.defaults.update(values)

    def _raw(self, name: str, default: str | None) -> str:
        self.known[name] = "" if default is None else default
        value = self.environ.get(name)
        if value is None:
            value = self.defaults.get(name, default)
        if value is None or (default is None and not value.strip()):
            raise ImproperlyConfigured(f"Set the environment variable {name} (see docs/settings.md).")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        return self._raw(name, default).strip()

    def address(self, name: str) -> str:
        """A required address of the web, without the slash at its end."""
        value = self.text(name).rstrip("/")
        if not re.fullmatch(r"https?://[^/\s?#]+", value):
            raise ImproperlyConfigured(f"{name} must look like https://portal.example, not {value!r}.")
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        raw = self._raw(name, None if default is None else str(default))
        try:
            return int(raw)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from error

    def flag(self, name: str, default: bool | None = None) -> bool:
        raw = self._raw(name, None if default is None else ("true" if default else "false")).strip().lower()
        if raw in TRUE:
            return True
        if raw in FALSE:
            return False
        raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}.")

    def items(self, name: str, default: str | None = "") -> list[str]:
        """A comma-separated list; blanks around the items do not count."""
        return [item.strip() for item in self._raw(name, default).split(",") if item.strip()]

    def path(self, name: str, default: Path) -> Path:
        return Path(self._raw(name, str(default))).expanduser()


env = Env()
