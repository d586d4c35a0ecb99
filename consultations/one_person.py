"""Forms that name one person: a colleague with account from a list, or somebody else by name and address."""

from __future__ import annotations

from typing import Any

from django import forms

BOTH = "Bitte wählen Sie eine Person oder geben Sie eine andere an, nicht beides."
NOBODY = "Bitte wählen Sie eine Person, oder geben Sie Name und E-Mail-Adresse an."


def check(form: forms.Form, cleaned: dict[str, Any]) -> None:
    """Complain where `colleague`, `name` and `email` name two people, nobody, or one by half."""
    named = [name for name in ("name", "email") if cleaned.get(name) or name in form.errors]
    if "colleague" in form.errors:
        return
    if cleaned.get("colleague") is not None:
        if named:
            form.add_error("colleague", BOTH)
        return
    if not named:
        form.add_error("colleague", NOBODY)
        return
    for name, sentence in (("name", "den Namen"), ("email", "die E-Mail-Adresse")):
        if name not in named:
            form.add_error(name, f"Bitte geben Sie {sentence} an.")
