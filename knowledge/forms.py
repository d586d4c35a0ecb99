"""Forms of Wagtail's admin for pages, acts and terms: rules of `validation` with the message at the field."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from wagtail.admin.forms import WagtailAdminModelForm

from knowledge.facts.forms import FactListForm
from portal.core.review.editing import ReviewedFormMixin, ReviewedPageForm
from portal.core.text import german_slug


def _complain(form: Any, field: str, message: str) -> None:
    if message and field in form.fields:
        form.add_error(field, message)


def _called(person: Any) -> str:
    return str(person) if person.is_active else f"{person} (Konto geschlossen)"


def _offer_people_here(form: Any, *names: str) -> None:
    """Let people be chosen whose account is open; who is named already stays named until somebody decides."""
    for name in names:
        if name in form.fields:
            field = form.fields[name]
            field.queryset = field.queryset.filter(Q(is_active=True) | Q(pk=getattr(form.instance, f"{name}_id")))
            field.label_from_instance = _called


class UpkeptPageForm(ReviewedPageForm):
    """Every page: two people answer for it, or one, or nobody yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_people_here(self, "responsible_person", "deputy")

    def clean(self) -> dict[str, Any]:
        from knowledge import validation

        data: dict[str, Any] = super().clean() or self.cleaned_data
        _complain(self, "deputy", validation.deputy_error(data.get("deputy"), data.get("responsible_person")))
        return data


class TrustedPageForm(FactListForm, UpkeptPageForm):
    """Articles, questions, templates. A draft may lack its legal basis, but never name an unknown one."""

    def clean(self) -> dict[str, Any]:
        from knowledge import validation

        data: dict[str, Any] = super().clean() or self.cleaned_data
        _complain(self, "short_answer", validation.short_answer_error(data.get("short_answer") or ""))
        lines, none = data.get("legal_basis") or "", bool(data.get("no_legal_basis"))
        message = validation.legal_basis_error(lines)
        if not message and not getattr(self, "is_deferred_validation", False):
            message = validation.basis_presence_error(lines, none)
        _complain(self, "legal_basis", message)
        return data


class RolePageForm(FactListForm, UpkeptPageForm):
    """A page for a role; there is one for each."""

    def clean(self) -> dict[str, Any]:
        from knowledge import validation

        data: dict[str, Any] = super().clean() or self.cleaned_data
        _complain(self, "role", validation.role_error(data.get("role") or "", self.instance.pk))
        return data


class QuestionForm(TrustedPageForm):
    def clean(self) -> dict[str, Any]:
        from knowledge import validation

        data = super().clean()
        if data.get("successor"):
            _complain(self, "successor", validation.successor_error(self.instance, data["successor"]))
        return data


class _SnippetForm(ReviewedFormMixin, WagtailAdminModelForm):
    """A snippet whose address follows from its name when it is left empty."""

    name_field = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = "Leer: wird aus dem Namen gebildet."

    def clean_slug(self) -> str:
        slug = self.cleaned_data.get("slug") or german_slug(
            str(self.data.get(self.add_prefix(self.name_field), ""))
        )
        taken = type(self.instance).objects.exclude(pk=self.instance.pk).filter(slug=slug)
        if not slug:
            raise ValidationError("Aus dem Namen lässt sich keine Adresse bilden. Bitte geben Sie eine ein.")
        if taken.exists():
            raise ValidationError(f"Die Adresse „{slug}“ gibt es schon. Bitte wählen Sie eine andere.")
        return slug


class DeadlineForm(FactListForm, _SnippetForm):
    name_field = "title"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_people_here(self, "responsible_person")

    def clean(self) -> dict[str, Any]:
        from knowledge import validation

        data: dict[str, Any] = super().clean() or self.cleaned_data
        _complain(self, "legal_basis", validation.legal_basis_error(data.get("legal_basis") or ""))
        return data


class TermForm(FactListForm, _SnippetForm):
    name_field = "term"

    def clean(self) -> dict[str, Any]:
        from knowledge import validation

        data: dict[str, Any] = super().clean() or self.cleaned_data
        synonyms = [line.strip() for line in (data.get("synonyms") or "").splitlines() if line.strip()]
        message = validation.term_names_error(self.instance, data.get("term") or "", synonyms)
        _complain(self, "synonyms", message)
        return data


class ActForm(FactListForm, _SnippetForm):
    name_field = "abbreviation"

    def clean(self) -> dict[str, Any]:
        from knowledge import validation

        data: dict[str, Any] = super().clean() or self.cleaned_data
        names = [data.get("abbreviation") or "", *(data.get("aliases") or "").splitlines()]
        _complain(self, "aliases", validation.act_names_error(self.instance, names))
        self._clean_provisions()
        return data

    def _clean_provisions(self) -> None:
        """Find a provision entered twice, which the database would refuse without saying where."""
        from knowledge.citations import provision_key

        seen: dict[str, str] = {}
        for form in getattr(self, "formsets", {}).get("provisions", []):
            if not form.is_valid() or form.cleaned_data.get("DELETE") or not form.cleaned_data.get("ref"):
                continue
            ref = form.cleaned_data["ref"]
            key = provision_key(ref)
            if not key:
                form.add_error("ref", f"„{ref}“ ist keine Angabe wie „§ 9 Abs. 1“, „Art. 6“ oder „Anhang II“.")
                self.add_error(None, f"Die Vorschrift „{ref}“ wurde nicht erkannt.")
            if key in seen:
                form.add_error("ref", f"„{ref}“ steht schon als „{seen[key]}“ in der Liste.")
                self.add_error(None, f"Die Vorschrift „{ref}“ steht zweimal in der Liste.")
            seen.setdefault(key, ref)
