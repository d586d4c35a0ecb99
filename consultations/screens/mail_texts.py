"""The texts of mails in the admin: changed with a preview, put back to what is shipped. Kept by Koordination."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages

from consultations.desk import rights
from consultations.mailing import texts
from consultations.mailing.kinds import KINDS, PLACEHOLDERS, Text, for_subject, shipped
from consultations.mailing.services import keep_text, put_back
from consultations.models import MailText
from portal.core.widgets import LongText

CHANGE = "consultations.change_mailtext"
TITLE = "E-Mail-Vorlagen"
STALE = (
    "Die Vorlage ist inzwischen von jemand anderem geändert worden. Ihr Text steht noch hier; noch einmal "
    "gespeichert, gilt er."
)
guard = rights.guarded(CHANGE)


class TextForm(forms.ModelForm[MailText]):
    """Subject and text of one kind; placeholders are checked. `base` is when the shown text was changed last."""

    base = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = MailText
        fields = ["subject", "text"]
        widgets = {"text": LongText(attrs={"rows": 18})}
        error_messages = {
            "subject": {"required": "Bitte geben Sie einen Betreff an."},
            "text": {"required": "Bitte geben Sie einen Text ein."},
        }

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["subject"].help_text = _possible(for_subject(kind))
        self.fields["text"].help_text = (
            "Eine leere Zeile trennt Absätze, Zeilen mit „- “ am Anfang werden eine Liste. Eine Zeile, deren "
            "Platzhalter alle leer sind, entfällt."
        )

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"]
        texts.check_subject(self.kind, subject)
        return subject

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        texts.check_text(self.kind, text)
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("base", "") != _version(self.kind):
            self.data = {**dict(self.data.items()), "base": _version(self.kind)}  # saved once more, it counts
            raise forms.ValidationError(STALE)
        return data


def _possible(names: tuple[str, ...]) -> str:
    return "Platzhalter: " + ", ".join(f"{{{name}}}" for name in names)


def _version(kind: str) -> str:
    row = MailText.objects.filter(kind=kind).first()
    return row.changed_at.isoformat() if row is not None else ""


def _page(title: str, **context: Any) -> dict[str, Any]:
    crumbs = [{"url": reverse("consultations_mail_texts"), "label": TITLE}, {"url": "", "label": title}]
    return {
        "header_title": title, "page_title": title, "header_icon": "mail",
        "breadcrumbs_items": crumbs if title != TITLE else crumbs[1:], **context,
    }  # fmt: skip


@never_cache
@require_safe
@guard
def index(request: HttpRequest) -> HttpResponse:
    """List the kinds of mails, and which of them the centre has changed."""
    changed = {row.kind: row for row in MailText.objects.all()}
    rows = [
        {"kind": name, "title": kind.title, "changed": changed.get(name)} for name, kind in KINDS.items()
    ]  # fmt: skip
    return render(request, "consultations/mailing/texts.html", _page(TITLE, rows=rows))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def edit(request: HttpRequest, kind: str) -> HttpResponse:
    """Change a text: look at it with examples, save it, or put the shipped one back."""
    if kind not in KINDS:
        raise Http404
    if request.method != "POST":
        return _form_page(request, kind, _form(kind))
    action = request.POST.get("action", "save")
    if action == "reset":
        put_back(kind=kind, by=request.user)
        messages.success(request, "Der mitgelieferte Text gilt wieder.")
        return redirect("consultations_mail_text", kind)
    form = TextForm(request.POST, kind=kind)
    if not form.is_valid():
        return _form_page(request, kind, form, code=422)
    text = Text(form.cleaned_data["subject"], form.cleaned_data["text"])
    if action == "preview":
        return _form_page(request, kind, form, shown=text)
    keep_text(kind=kind, text=text, by=request.user)
    messages.success(request, f"Die Vorlage „{KINDS[kind].title}“ ist gespeichert.")
    return redirect("consultations_mail_texts")


def _form(kind: str) -> TextForm:
    text = texts.current(kind)
    return TextForm(kind=kind, initial={"subject": text.subject, "text": text.text, "base": _version(kind)})


def _form_page(
    request: HttpRequest, kind: str, form: TextForm, *, shown: Text | None = None, code: int = 200
) -> HttpResponse:
    title = KINDS[kind].title
    preview = texts.preview(kind, shown or texts.current(kind)) if code == 200 else None
    context = _page(
        title, form=form, kind=kind, preview=preview, now=timezone.now(),
        html=texts.as_html(preview.text.strip()) if preview is not None else "",
        is_shipped=texts.current(kind) == shipped()[kind],
        placeholders=[(f"{{{name}}}", PLACEHOLDERS[name].meaning) for name in KINDS[kind].placeholders],
    )  # fmt: skip
    return render(request, "consultations/mailing/text.html", context, status=code)
