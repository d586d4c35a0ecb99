"""The form „Übergeben und deaktivieren“: what a person answers for, and who takes it over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.auth import require_admin_access

from portal.accounts.belongings import Belonging, held_by
from portal.accounts.leaving import hand_over_and_deactivate, successor_objection
from portal.accounts.models import Membership, User
from portal.accounts.queries import acting_user, active_staff

FOR_ALL = "successor"


def _candidates(kind: Belonging, person: User) -> Any:
    """Return who can take over: people of the centre, or of the municipality for its access."""
    if kind.personal:
        return User.objects.none()
    if not kind.may_end:
        return active_staff().exclude(pk=person.pk)
    own = Membership.objects.filter(user=person, state=Membership.State.CONFIRMED).values("municipality")
    colleagues = Membership.objects.filter(municipality__in=own, state=Membership.State.CONFIRMED).values("user")
    return User.objects.filter(pk__in=colleagues, is_active=True).exclude(pk=person.pk)


def _without_successor(kind: Belonging) -> str:
    """Return what leaving a choice open means."""
    if kind.personal:
        return "Niemand, das endet mit dem Konto"
    return "Niemand, der Zugang endet" if kind.may_end else "Wie oben"


def _successor(kind: Belonging, data: dict[str, Any]) -> User | None:
    """Return who was chosen for a kind: by itself, or for all where it does not end with the account."""
    ends = kind.may_end or kind.personal
    found: User | None = data.get(kind.name) or (None if ends else data.get(FOR_ALL))
    return found


class HandOverForm(forms.Form):
    """One successor for all, and another one for a kind of thing where that is wanted."""

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.held = held_by(person)
        self.common = [kind for kind, _ in self.held if not (kind.may_end or kind.personal)]
        if self.common:
            self.fields[FOR_ALL] = forms.ModelChoiceField(
                label="Nachfolge für alles", queryset=active_staff().exclude(pk=person.pk), required=False,
                empty_label="Bitte auswählen", help_text="Gilt für alles, wofür Sie unten niemand anderen wählen.",
            )  # fmt: skip
        for kind, count in self.held:
            self.fields[kind.name] = forms.ModelChoiceField(
                label=f"{capfirst(kind.label)}: {count}", queryset=_candidates(kind, person), required=False,
                empty_label=_without_successor(kind),
            )  # fmt: skip

    def successors(self) -> dict[str, User | None]:
        """Return who takes over each kind."""
        return {kind.name: _successor(kind, self.cleaned_data) for kind, _ in self.held}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for kind, _ in self.held:
            if kind.name in self.errors or (FOR_ALL in self.errors and not data.get(kind.name)):
                continue
            successor = _successor(kind, data)
            if message := successor_objection(kind, self.person, successor):
                self.add_error(FOR_ALL if successor is None and FOR_ALL not in self.errors else kind.name, message)
        return data


@never_cache
@require_admin_access
@permission_required("accounts.change_user", raise_exception=True)
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, user_pk: int) -> HttpResponse:
    """Show what a person answers for; hand it over and close the account."""
    person = get_object_or_404(User, pk=user_pk)
    by = acting_user(request)
    if person.is_superuser and not by.is_superuser:
        raise PermissionDenied
    if person.pk == by.pk:
        messages.error(request, "Das eigene Konto schließt eine andere Person der Administration.")
        return redirect("wagtailusers_users:index")
    form = HandOverForm(request.POST or None, person=person)
    if request.method == "POST" and (form.is_valid() or not form.held):
        try:
            hand_over_and_deactivate(person=person, successors=form.successors() if form.held else {}, by=by)
        except ValidationError as error:
            form.add_error(None, error.messages if not hasattr(error, "error_dict") else _flat(error))
        else:
            messages.success(request, f"{person} ist deaktiviert. Alles Offene ist übergeben.")
            return redirect("wagtailusers_users:index")
    context = {"page_title": "Übergeben und deaktivieren", "person": person, "form": form, "held": form.held}
    return render(request, "accounts/admin/hand_over.html", context)


def _flat(error: ValidationError) -> list[str]:
    return [message for messages_ in error.message_dict.values() for message in messages_]
