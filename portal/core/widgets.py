"""Widgets of our forms."""

from __future__ import annotations

from typing import Any

from django import forms


class LongText(forms.Textarea):
    """A long text whose length the server counts: a browser would cut what is pasted without a word."""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        attrs.pop("maxlength", None)
        return attrs


def let_pastes_be_counted(form: Any) -> None:
    """Do the same for the fields of a form whose widgets others have chosen."""
    for field in form.fields.values():
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs.pop("maxlength", None)
