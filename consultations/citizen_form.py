"""A form that warns of what looks like a citizen's data; the text stays and can be sent all the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from consultations import citizen_data
from consultations.refusals import NotPossible


class CitizenDataSeen(NotPossible):
    """A text that is typed without a form class looks like a citizen's data and has not been checked."""


def demand_check(data: Mapping[str, Any], name: str = "reason") -> None:
    """Ask for a look at one text of a page whose fields stand in its template (`_no_citizens.html` has the box).

    Raises:
        CitizenDataSeen: It seems to hold a citizen's data, and the box is not ticked.
    """
    found = citizen_data.looks_like([str(data.get(name, ""))])
    if found and not data.get("no_citizens"):
        raise CitizenDataSeen(_sentence(found, has_files=False))


def asks(data: Mapping[str, Any], name: str = "reason") -> bool:
    """True where the box of `demand_check` is to be shown."""
    return bool(citizen_data.looks_like([str(data.get(name, ""))]))


class WarnsOfCitizenData:
    """Mixin for forms: asks for a look at the text where it seems to hold a citizen's data.

    `written` names the fields that are looked at, `box` its words. The box appears once something
    has been found, and never without need.
    """

    written: tuple[str, ...] = ("text",)
    box = "Ich habe den Text geprüft und möchte ihn so senden"
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form: Any = self
        texts = [str(form.data.get(form.add_prefix(name), "")) for name in self.written] if form.is_bound else []
        found = citizen_data.looks_like(texts)
        if found:
            self.fields["no_citizens"] = forms.BooleanField(
                label=self.box,
                error_messages={"required": _sentence(found, bool(form.files))},
            )


def _sentence(found: list[str], has_files: bool) -> str:
    again = " Ausgewählte Dateien wählen Sie bitte noch einmal aus." if has_files else ""
    return (
        f"Im Text steht, was wie {' und '.join(found)} aussieht. Für die Beratung brauchen wir keine Daten von "
        "Bürgerinnen und Bürgern. Bitte nehmen Sie es heraus, oder bestätigen Sie hier, dass Sie geprüft haben."
        f"{again}"
    )
