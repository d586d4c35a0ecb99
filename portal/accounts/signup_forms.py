"""Signing up: name, address and password; a field that only machines fill."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm
from django import forms
from django.forms import BoundField
from django.http import HttpRequest

from portal.accounts.confirm_view import remember_sign_up
from portal.core.open_form import limit_address

# The name stands on pages and in mails that others read: nothing in it may be taken for a link or an address.
LIKE_A_LINK = re.compile(r"[@/\\<>\d]|www\.|\w\.\w{2,}", re.IGNORECASE)


def _name(label: str, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=120, widget=forms.TextInput(attrs={"autocomplete": hint}),
        error_messages={"required": f"Geben Sie Ihren {label}n an."},
    )  # fmt: skip


class SignUpForm(SignupForm):
    """allauth's form with the person's name.

    What it answers does not tell whether an address has an account: who has one gets a mail that says so.
    """

    field_order = ("first_name", "last_name", "email", "password1", "password2")
    first_name = _name("Vorname", "given-name")
    last_name = _name("Nachname", "family-name")
    homepage = forms.CharField(
        label="Dieses Feld bitte leer lassen", required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        limit_address(email)
        email.label = "Dienstliche E-Mail-Adresse"
        email.help_text = "An ihr erkennen wir, zu welcher Kommune Sie gehören. Sie ist auch Ihre Anmeldung."

    @property
    def shown_fields(self) -> list[BoundField]:
        """The fields people fill in, in order."""
        return [field for field in self if field.name != "homepage"]

    def _clean_name(self, field: str) -> str:
        name = " ".join(str(self.cleaned_data[field]).split())
        if LIKE_A_LINK.search(name):
            raise forms.ValidationError("Geben Sie hier nur Ihren Namen an, ohne Adressen und Ziffern.")
        return name

    def clean_first_name(self) -> str:
        return self._clean_name("first_name")

    def clean_last_name(self) -> str:
        return self._clean_name("last_name")

    def try_save(self, request: HttpRequest) -> Any:
        """Answer machines as if all were well, without making an account."""
        if self.cleaned_data.get("homepage"):
            return None, get_adapter().respond_email_verification_sent(request, None)
        user, response = super().try_save(request)
        if user is not None:
            remember_sign_up(request, user)
        return user, response
