"""A municipality is invited to a format of advice: one click drafts the mail, a person sends it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from consultations.citizen_form import WarnsOfCitizenData
from consultations.desk import rights
from consultations.desk.case_forms import long_text
from consultations.mailing.kinds import Text
from consultations.models import Format
from consultations.models.mailing import TEXT_LENGTH
from consultations.refusals import BookingRefused
from consultations.services import town_invitations
from portal.accounts.models import Municipality
from portal.core.open_form import EMAIL_INVALID, EMAIL_LENGTH, EMAIL_LONG
from portal.core.text import printable

TITLE = "Kommune einladen"
OTHER = "andere"
WRONG_LINK = (
    "Der Link im Text gehört nicht zu diesem Format. Wählen Sie „Text für dieses Format“ und prüfen Sie den Text, "
    "oder setzen Sie diesen Link ein: {link}"
)


class InvitationForm(WarnsOfCitizenData, forms.Form):
    """Format, addressee and the text as it will be sent; the link in it is that of the format."""

    written = ("subject", "text")

    format = forms.ModelChoiceField(
        Format.objects.filter(active=True), label="Format", empty_label=None,
        error_messages={"required": "Bitte wählen Sie ein Format.",
                        "invalid_choice": town_invitations.NOT_OFFERED},
        help_text="Nach einem Wechsel: „Text für dieses Format“. Ihre Änderungen am Text bleiben.",
    )  # fmt: skip
    to = forms.ChoiceField(
        label="Empfänger", error_messages={"required": "Bitte wählen Sie, wer die Einladung bekommt."}
    )
    email = forms.EmailField(
        label="Andere E-Mail-Adresse", required=False, max_length=EMAIL_LENGTH,
        error_messages={"invalid": EMAIL_INVALID, "max_length": EMAIL_LONG},
        help_text="Zum Beispiel das Postfach der Verwaltung.",
    )  # fmt: skip
    checked = forms.BooleanField(
        label="Ich habe geprüft, dass die Adresse zu dieser Kommune gehört", required=False,
        help_text="Nur nötig, wenn ihre Domain nicht für diese Kommune allein eingetragen ist.",
    )  # fmt: skip
    subject = forms.CharField(
        label="Betreff", max_length=250, error_messages={"required": "Bitte geben Sie einen Betreff an."}
    )
    text = long_text(
        "Text", TEXT_LENGTH, rows=18,
        help_text="Geht so hinaus, wie er hier steht. Zeilen mit „- “ am Anfang werden eine Liste.",
    )  # fmt: skip

    def __init__(self, *args: Any, town: Municipality, user: Any, **kwargs: Any) -> None:
        self.town, self.user = town, user
        super().__init__(*args, **kwargs)
        people = town_invitations.addressees(town)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [*((person.email, str(person)) for person in people), (OTHER, "eine andere Adresse")]

    def clean_subject(self) -> str:
        return printable(self.cleaned_data["subject"])

    def clean_text(self) -> str:
        return printable(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("to") == OTHER:
            self._check_other(cleaned)
        if cleaned.get("format") and cleaned.get("text"):
            link = town_invitations.link_to(self.town, cleaned["format"])
            if link not in cleaned["text"]:
                self.add_error("text", WRONG_LINK.format(link=link))
        return cleaned

    def _check_other(self, cleaned: dict[str, Any]) -> None:
        address = cleaned.get("email")
        if "email" in self.errors:
            return
        if not address:
            self.add_error("email", "Bitte geben Sie die Adresse an.")
        elif not cleaned.get("checked") and not town_invitations.is_of(self.town, address):
            self.add_error("checked", "Diese Adresse gehört nicht erkennbar zur Kommune. Bitte prüfen Sie sie.")

    @property
    def address(self) -> str:
        """Where a valid form goes to."""
        chosen: str = self.cleaned_data["to"]
        return str(self.cleaned_data["email"]) if chosen == OTHER else chosen


def _head(town: Municipality) -> dict[str, Any]:
    towns = {"url": reverse("consultations_towns"), "label": "Kommunen"}
    own = {"url": reverse("consultations_town", args=[town.pk]), "label": town.name}
    desk = {"url": reverse("consultations_desk"), "label": "Beratung"}
    return {
        "header_title": f"{town.name} einladen", "page_title": TITLE, "header_icon": "mail",
        "breadcrumbs_items": [desk, towns, own, {"url": "", "label": TITLE}], "town": town,
    }  # fmt: skip


def _drafted(town: Municipality, user: Any, chosen: Format) -> InvitationForm:
    text = town_invitations.draft(town, chosen, user)
    initial = {"format": chosen.pk, "subject": text.subject, "text": text.text}
    return InvitationForm(town=town, user=user, initial=initial)


def _for_format(town: Municipality, user: Any, typed: Any) -> InvitationForm:
    """Return what was typed with subject, text and link of the chosen format; what was changed by hand stays.

    An untouched draft becomes that of the format. In a changed one only the link changes.
    """
    number = typed.get("format", "")
    formats = list(Format.objects.filter(active=True))
    chosen = next((form for form in formats if str(form.pk) == number), formats[0])
    now = town_invitations.draft(town, chosen, user)
    subject, text = typed.get("subject", ""), typed.get("text", "").replace("\r\n", "\n").strip()
    for form in formats:
        was = town_invitations.draft(town, form, user)
        subject = now.subject if subject == was.subject else subject
        text = now.text if text == was.text else text
    links = sorted((town_invitations.link_to(town, form) for form in formats), key=len, reverse=True)
    for link in links:
        text = text.replace(link, town_invitations.link_to(town, chosen)) if link in text else text
    initial = {**{name: typed.get(name, "") for name in ("to", "email", "checked")},
               "format": chosen.pk, "subject": subject, "text": text}  # fmt: skip
    return InvitationForm(town=town, user=user, initial=initial)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rights.guarded(rights.VIEW, rights.WORK)
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft an invitation of a municipality, and send it; what was typed stays when something is wrong with it."""
    town = get_object_or_404(Municipality.objects.select_related("district"), pk=pk, active=True)
    first = Format.objects.filter(active=True).first()
    if first is None:
        return render(request, "consultations/desk/town_invite.html", _head(town))
    if request.method != "POST":
        form = _drafted(town, request.user, first)
    elif request.POST.get("action") == "format":
        form = _for_format(town, request.user, request.POST)
    else:
        form = InvitationForm(request.POST, town=town, user=request.user)
        if form.is_valid() and _sent(request, form):
            return redirect("consultations_town", pk)
    context = {**_head(town), "form": form}
    return render(request, "consultations/desk/town_invite.html", context, status=422 if form.is_bound else 200)


def _sent(request: HttpRequest, form: InvitationForm) -> bool:
    said, town = form.cleaned_data, form.town
    text = Text(said["subject"], said["text"])
    try:
        note = town_invitations.send(town=town, form=said["format"], to=form.address, text=text, by=request.user)
    except (BookingRefused, ValidationError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return False
    if note is None:
        messages.warning(request, "Dieselbe Einladung ist eben schon gesendet worden.")
    else:
        messages.success(
            request, f"Die Einladung an {form.address} ist unterwegs und steht bei den Kontaktnotizen."
        )
    return True
