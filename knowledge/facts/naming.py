"""How pages name facts: a list of identifiers, typed as text, each of which must stand in the sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from portal.core.content_io import suggestion


def identifiers_in(text: str) -> list[str]:
    """Read "o-12, O-14" as identifiers, each once and in order."""
    return list(dict.fromkeys(word.upper() for word in re.split(r"[\s,;]+", text) if word))


def missing_fact(name: str, known: Sequence[str]) -> str:
    """Say that a fact does not exist, with the nearest that does."""
    near = suggestion(name, known)
    hint = near if near.startswith(" Meinten") else " Alle Kennungen stehen im Faktenblatt."
    return f"Den Fakt „{name}“ gibt es nicht.{hint}"


def unknown_facts_error(names: Sequence[str], known: Sequence[str]) -> str:
    """Return what is wrong with the names of a page; empty where all exist."""
    return " ".join(missing_fact(name, known) for name in names if name not in set(known))
