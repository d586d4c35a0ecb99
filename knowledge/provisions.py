"""Provisions in order and in words, by their key (knowledge.citations): "9/1" is § 9 Abs. 1."""

from __future__ import annotations

import re

_PARTS = re.compile(r"(\d+)|([a-z]+)")
_CAPITAL = re.compile(r"^[a-z]+$|^[a-z](?=\d)|(?<= )[a-z]$")
_WORDS = {"art": "Art.", "anlage": "Anlage", "anhang": "Anhang"}


def provision_order(key: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key: § 9 before § 9 Abs. 1 before § 9a before § 10, annexes last."""
    return tuple(
        (0, int(number), "") if number else (1, 0, word)
        for number, word in _PARTS.findall(key.removeprefix("art-"))
    )


def annex_number(name: str) -> str:
    """Return the number of an annex as it is printed: "II", "D2a", "6 E"; "1a" stays."""
    return _CAPITAL.sub(lambda found: found.group().upper(), name.replace("-", " "))


def label_of(key: str) -> str:
    """Return a provision in words: "art-6/1" is "Art. 6 Abs. 1", "anhang-ii" is "Anhang II"."""
    base, _, paragraph = key.partition("/")
    word, _, number = base.partition("-") if "-" in base else ("", "", base)
    if base in _WORDS:
        label = _WORDS[base]
    elif word in ("anlage", "anhang"):
        label = f"{_WORDS[word]} {annex_number(number)}"
    else:
        label = f"{_WORDS.get(word, '§')} {number}"
    return f"{label} Abs. {paragraph}" if paragraph else label
