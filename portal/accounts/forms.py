from __future__ import annotations

from typing import Any

from allauth.account.forms import AddEmailForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms

from portal.accounts import memberships
from portal.accounts.models import Membership, Municipality
from portal.core.open_form import limit_address


class NewEmailForm(AddEmailForm):
    """allauth's form for a new address, with a label that says so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Neue E-Mail-Adresse"
        limit_address(self.fields["email"])


class AddKeyForm(AddWebAuthnForm):
    """allauth's form for a passkey; its name is filled in and, emptied, filled in again."""

    always_filled = frozenset({"name"})


class ReasonForm(forms.Form):
    """Why a second factor is to be reset."""

    reason = forms.CharField(
        label="Grund",
        max_length=255,
        help_text="Zum Beispiel: Diensthandy verloren, Identität am Telefon über die Rückrufnummer geprüft.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class MembershipForm(forms.ModelForm[Membership]):
    """Make or change a membership by the ways of every such decision, so that groups, mails and tasks follow."""

    is_external_adviser = forms.BooleanField(
        label="Externe Beratung", required=False,
        help_text="Berät für den Verband oder IT-Dienstleister mit und sieht nur, was ihr oder ihm zugeteilt ist. "
        "Verlangt einen zweiten Faktor.",
    )  # fmt: skip

    class Meta:
        model = Membership
        fields = ["user", "municipality", "role", "state"]

    def __init__(self, *args: Any, acting_user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.acting_user = acting_user
        if self.instance.pk and Municipality.Kind(self.instance.municipality.kind).may_advise:
            self.fields["is_external_adviser"].initial = self.instance.is_external_adviser
        else:
            del self.fields["is_external_adviser"]
        if self.instance.pk:
            self.fields["user"].disabled = True
            self.fields["municipality"].disabled = True
        else:
            self.fields["state"].initial = Membership.State.CONFIRMED
            self.fields["state"].choices = [  # type: ignore[attr-defined]
                choice for choice in Membership.State.choices if choice[0] != Membership.State.ENDED
            ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        before = Membership.objects.filter(pk=self.instance.pk).values_list("state", flat=True).first()
        wanted = data.get("state")
        if before == Membership.State.ENDED and wanted != before:
            raise forms.ValidationError("Eine beendete Zugehörigkeit bleibt beendet. Legen Sie eine neue an.")
        if before == Membership.State.CONFIRMED and wanted == Membership.State.REQUESTED:
            raise forms.ValidationError("Eine bestätigte Zugehörigkeit kann nur beendet werden.")
        if before == Membership.State.CONFIRMED:
            self._keep_an_administrator(data)
        own = self.acting_user is not None and data.get("user") == self.acting_user
        if own and wanted == Membership.State.CONFIRMED and before != wanted and not self.acting_user.is_superuser:
            raise forms.ValidationError("Die eigene Zugehörigkeit bestätigt eine andere Person.")
        if before is None and data.get("municipality") and not data["municipality"].active:
            raise forms.ValidationError("Diese Kommune besteht nicht mehr. Wählen Sie ihre Nachfolgerin.")
        return data

    def _keep_an_administrator(self, data: dict[str, Any]) -> None:
        """Refuse to take the last administrator from a municipality with other people."""
        stored = Membership.objects.select_related("user", "municipality").get(pk=self.instance.pk)
        stays = data.get("state") == Membership.State.CONFIRMED and data.get("role") == Membership.Role.ADMIN
        if not stays and memberships.is_last_administrator(stored):
            text = memberships.LAST_ADMINISTRATOR.format(who=stored.user, body=stored.municipality)
            raise forms.ValidationError(text)

    def _post_clean(self) -> None:
        """Check uniqueness without the dates that only the services set."""
        if self.instance.pk:
            return
        duplicate = Membership.objects.exclude(state=Membership.State.ENDED).filter(
            user=self.cleaned_data.get("user"), municipality=self.cleaned_data.get("municipality")
        )
        if duplicate.exists():
            self.add_error(None, "Diese Person gehört der Kommune schon an oder hat es beantragt.")

    def save(self, commit: bool = True) -> Membership:
        data = self.cleaned_data
        confirmed = data["state"] == Membership.State.CONFIRMED
        if self.instance.pk:
            membership = self._decide(data["role"], data["state"])
        else:
            membership = memberships.enter(
                user=data["user"], municipality=data["municipality"], role=data["role"], confirmed=confirmed,
                by=self.acting_user,
            )  # fmt: skip
        if "is_external_adviser" in self.fields and confirmed:
            membership = memberships.set_external_adviser(
                membership=membership, value=data["is_external_adviser"], by=self.acting_user
            )
        # The admin's views go on with the object the form was made with.
        self.instance.__dict__.update(membership.__dict__)
        return self.instance

    def _decide(self, role: str, wanted: str) -> Membership:
        """Take the way of the buttons under "Anfragen" and of the municipality's own page: its mails and tasks."""
        membership = Membership.objects.get(pk=self.instance.pk)
        state, by = Membership.State, self.acting_user
        if wanted == state.ENDED:
            asked_by_other = membership.state == state.REQUESTED and membership.user_id != by.pk
            end = memberships.refuse if asked_by_other else memberships.remove
            return end(membership=membership, by=by)
        if membership.state == state.CONFIRMED:
            return memberships.change_role(membership=membership, role=role, by=by)
        if wanted == state.CONFIRMED:
            return memberships.admit(membership=membership, role=role, by=by)
        membership.role = role
        membership.save()
        return membership
