"""Forms of people of municipalities: asking to join one, and the own profile."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from django import forms

from portal.accounts.models import Membership, Municipality, User
from portal.core.text import ONLY_A_NAME, reads_like_a_link

OTHERS = "Zweckverbände, Verbände, IT-Dienstleister"
PHONE = re.compile(r"[0-9+()/ .–-]{4,40}")


def grouped_bodies(bodies: Any) -> list[tuple[str, Any]]:
    """Return bodies as the groups of a select: by district, then what belongs to none."""
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for body in bodies:
        groups[_group_of(body)].append((body.pk, str(body)))
    last = ("Kreisfreie Städte", "Landkreise", OTHERS)
    names = [name for name in groups if name not in last] + [name for name in last if name in groups]
    return [("", "Bitte auswählen"), *((name, groups[name]) for name in names)]


def _group_of(body: Municipality) -> str:
    if not body.is_territorial:
        return OTHERS
    if body.kind == Municipality.Kind.LANDKREIS:
        return "Landkreise"
    return body.district.name if body.district is not None else "Kreisfreie Städte"


class JoinForm(forms.Form):
    """Which municipality or other body, and whether to manage its access.

    Those a person belongs to or has asked for are not offered, and right all the same: a second click names one.
    """

    municipality = forms.ModelChoiceField(
        Municipality.objects.none(), label="Kommune oder Einrichtung",
        error_messages={
            "required": "Wählen Sie Ihre Kommune oder Einrichtung aus.",
            "invalid_choice": "Diese Kommune gibt es hier nicht. Wählen Sie eine aus der Liste.",
        },
    )  # fmt: skip
    wants_admin = forms.BooleanField(
        label="Ich soll den Zugang unserer Kommune verwalten", required=False,
        help_text="Wer den Zugang verwaltet, nimmt Kolleginnen und Kollegen auf und beendet Zugehörigkeiten.",
    )  # fmt: skip

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Membership.objects.filter(user=person).exclude(state=Membership.State.ENDED)
        bodies = Municipality.objects.filter(active=True)
        others = bodies.exclude(pk__in=own.values("municipality"))
        field = self.fields["municipality"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - as declared above
        field.queryset = bodies
        field.choices = grouped_bodies(others.select_related("district").order_by("district__name", "name"))


class ProfileForm(forms.ModelForm[User]):
    """Name and telephone; the address is changed on a page of its own, since it has to be confirmed."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "phone"]
        help_texts = {
            "phone": "Sehen die Kompetenzstelle und wer den Zugang Ihrer Kommune verwaltet.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, hint in (("first_name", "given-name"), ("last_name", "family-name"), ("phone", "tel")):
            self.fields[name].widget.attrs["autocomplete"] = hint
            self.fields[name].required = name != "phone"
        self.fields["first_name"].error_messages["required"] = "Geben Sie Ihren Vornamen an."
        self.fields["last_name"].error_messages["required"] = "Geben Sie Ihren Nachnamen an."

    def _clean_name(self, field: str) -> str:
        name = " ".join(str(self.cleaned_data[field]).split())
        if reads_like_a_link(name):  # it stands in mails to others
            raise forms.ValidationError(ONLY_A_NAME)
        return name

    def clean_first_name(self) -> str:
        return self._clean_name("first_name")

    def clean_last_name(self) -> str:
        return self._clean_name("last_name")

    def clean_phone(self) -> str:
        phone = " ".join(str(self.cleaned_data["phone"]).split())
        if phone and not PHONE.fullmatch(phone):
            raise forms.ValidationError("Geben Sie eine Telefonnummer an, zum Beispiel 06042 884-0.")
        return phone
