"""A concern that reached the centre by phone, mail or at an event becomes a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from consultations import eml
from consultations.desk import rights
from consultations.desk.board import topics
from consultations.desk.case_forms import FilesField, long_text
from consultations.desk.topic_choice import TopicField
from consultations.eml import Mail
from consultations.models import Channel, Format
from consultations.models.correspondence import MESSAGE_LENGTH
from consultations.refusals import BookingRefused
from consultations.secret_links import without_keys
from consultations.services import intake
from consultations.services.intake import Concern
from portal.accounts.models import Municipality
from portal.core.open_form import EMAIL_LENGTH, EMAIL_LONG
from portal.core.text import printable
from portal.core.virus_scan import refuse_viruses

TITLE, HEADING = "Anliegen aufnehmen", "Text der E-Mail:"
CHANNELS = [item for item in Channel.choices if item[0] != Channel.PORTAL]
NO_TEXT = "Bitte schreiben Sie das Anliegen auf, oder laden Sie die E-Mail hoch."
NO_TEXT_IN_MAIL = (
    "Die E-Mail hat keinen Text, der sich lesen lässt. Bitte schreiben Sie das Anliegen auf, und wählen Sie die "
    "E-Mail dann noch einmal aus."
)
TOO_LONG = (
    "Das Anliegen und der Text der E-Mail haben zusammen {length} Zeichen, möglich sind {most}. Bitte kürzen Sie "
    "das Anliegen, und wählen Sie die E-Mail dann noch einmal aus."
)


def _both(typed: str, mail: Mail, *, subject: str) -> str:
    """Return what was typed with the text of the mail below it, unless that is part of it already."""
    other = f"Betreff der E-Mail: {mail.subject}" if mail.subject and mail.subject != subject else ""
    if not mail.text:
        return f"{typed.strip()}\n\n{other}".strip()
    if " ".join(mail.text.split()) in " ".join(typed.split()):
        return typed
    return "\n\n".join(part for part in (typed.strip(), HEADING, other, mail.text) if part)


class IntakeForm(forms.Form):
    """What the centre takes down. A mail fills in what is left empty; its text stands below what was typed."""

    municipality = forms.ModelChoiceField(
        label="Kommune", queryset=Municipality.objects.filter(active=True).select_related("district"),
        error_messages={"required": "Bitte wählen Sie die Kommune."},
    )  # fmt: skip
    channel = forms.ChoiceField(label="Eingang", choices=CHANNELS, initial=Channel.PHONE)
    mail = forms.FileField(
        label="E-Mail als Datei (.eml)", required=False, widget=forms.FileInput(attrs={"accept": ".eml"}),
        help_text=(
            "Wird zur ersten Nachricht, Anlagen inbegriffen. Betreff und Absender gelten, wo Sie nichts "
            "eintragen; der Text steht unter dem, was Sie als Anliegen aufschreiben."
        ),
    )  # fmt: skip
    subject = forms.CharField(label="Betreff", max_length=200, required=False)
    text = long_text("Anliegen", MESSAGE_LENGTH, required=False)
    topic = TopicField(label="Thema", queryset=topics(None), required=False)
    format = forms.ModelChoiceField(
        label="Gewünschtes Format", queryset=Format.objects.filter(active=True), required=False
    )
    name = forms.CharField(label="Ansprechperson", max_length=200, required=False)
    email = forms.EmailField(
        label="E-Mail-Adresse", required=False, max_length=EMAIL_LENGTH,
        help_text="Dorthin geht die Bestätigung mit der Vorgangsnummer.",
        error_messages={
            "invalid": "Diese Adresse ist nicht vollständig, zum Beispiel: name@stadt.example.",
            "max_length": EMAIL_LONG,
        },
    )  # fmt: skip
    phone = forms.CharField(label="Telefon", max_length=40, required=False)
    uploads = FilesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read: Mail | None = None
        field = self.fields["municipality"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.label_from_instance = lambda obj: f"{obj.name} ({obj.described})"  # type: ignore[method-assign]

    def clean_mail(self) -> Any:
        file = self.cleaned_data["mail"]
        if file:
            if file.size > eml.LARGEST_MAIL:
                raise ValidationError(f"Diese E-Mail ist zu groß. Möglich sind {eml.LARGEST_MAIL // 1024**2} MB.")
            refuse_viruses(file)
            self.read = eml.read(file.read())
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned = {key: printable(value) if isinstance(value, str) else value for key, value in cleaned.items()}
        cleaned["text"] = without_keys(cleaned.get("text", ""))  # the text of a mail comes without keys as well
        if self.read is not None:
            cleaned |= self._completed(self.read, cleaned)
        if not cleaned.get("subject") and "subject" not in self.errors and "mail" not in self.errors:
            self.add_error("subject", "Bitte geben Sie einen Betreff an.")
        if not cleaned.get("text") and not {"text", "mail"} & set(self.errors):
            self.add_error("text", NO_TEXT if self.read is None else NO_TEXT_IN_MAIL)
        return cleaned

    def _completed(self, mail: Mail, typed: dict[str, Any]) -> dict[str, Any]:
        """Return what a mail adds to what was typed; a field that is refused stays as it is."""
        own = {"subject": mail.subject, "email": mail.sender, "name": mail.sender_name, "text": mail.text}
        found = {key: value for key, value in own.items() if not typed.get(key) and key not in self.errors}
        written = typed.get("text")
        if written:
            found["text"] = _both(written, mail, subject=typed.get("subject") or mail.subject)
            if (length := len(found["text"])) > MESSAGE_LENGTH:
                self.add_error("text", TOO_LONG.format(length=length, most=MESSAGE_LENGTH))
        return {**found, "channel": Channel.MAIL}

    def concern(self) -> Concern:
        data = self.cleaned_data
        return Concern(
            municipality=data["municipality"], subject=data["subject"], text=data["text"],
            channel=data["channel"], topic=data["topic"], form=data["format"], name=data["name"],
            email=data["email"], phone=data["phone"],
        )  # fmt: skip


def _initial(request: HttpRequest) -> dict[str, Any]:
    town = request.GET.get("kommune", "")
    return {"municipality": int(town)} if town.isdecimal() else {}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rights.guarded(rights.VIEW, rights.ADD)
def take_down(request: HttpRequest) -> HttpResponse:
    """Take down a concern; what was typed stays when something is wrong with it."""
    bound = request.method == "POST"
    data = (request.POST, request.FILES) if bound else (None, None)
    form = IntakeForm(*data, initial=_initial(request))
    if bound and form.is_valid():
        try:
            taken = intake.take_down(
                concern=form.concern(), by=request.user, files=form.cleaned_data["uploads"], mail=form.read
            )
        except (BookingRefused, ValidationError) as error:
            form.add_error(None, "; ".join(error.messages) if isinstance(error, ValidationError) else str(error))
        else:
            _tell(request, taken)
            return redirect("consultations_case", taken.case.pk)
    context = {
        "form": form,
        "header_title": TITLE,
        "page_title": TITLE,
        "header_icon": "group",
        "breadcrumbs_items": [
            {"url": reverse("consultations_desk"), "label": "Beratung"},
            {"url": "", "label": TITLE},
        ],
        "button": "Vorgang anlegen",
    }
    return render(request, "consultations/desk/step.html", context, status=422 if bound else 200)


def _tell(request: HttpRequest, taken: intake.Taken) -> None:
    sent = (
        "Die Bestätigung ist unterwegs."
        if taken.confirmed
        else "Ohne E-Mail-Adresse geht keine Bestätigung hinaus."
    )
    messages.success(request, f"Der Vorgang {taken.case.reference} ist angelegt. {sent}")
    for sentence in taken.left_out:
        messages.warning(request, f"Nicht übernommen: {sentence}")
