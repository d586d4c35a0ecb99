"""A new link for somebody without account who has lost theirs; the page never says whether a case exists."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultations.models import Case
from consultations.opening import when_open
from consultations.requester import mails
from portal.core.open_form import EMAIL_INVALID, EMAIL_LENGTH, EMAIL_LONG, OpenForm, accept, status_for

TITLE = "Link zum Vorgang noch einmal senden"


class LostLinkForm(OpenForm):
    """Number and address, both as in the first mail."""

    reference = forms.CharField(
        label="Vorgangsnummer", max_length=20, help_text="Zum Beispiel B-K7QM-4TXR; sie steht in unseren E-Mails.",
        error_messages={"required": "Bitte geben Sie die Vorgangsnummer an."},
    )  # fmt: skip
    email = forms.EmailField(
        label="E-Mail-Adresse, mit der Sie angefragt haben", max_length=EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Bitte geben Sie Ihre E-Mail-Adresse an.", "invalid": EMAIL_INVALID,
            "max_length": EMAIL_LONG,
        },
    )  # fmt: skip


@when_open
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_link(request: HttpRequest) -> HttpResponse:
    """Send the link to the address of the case, if number and address belong together."""
    context = {"title": TITLE, "breadcrumbs": [{"title": "Startseite", "url": "/"}], "meta": {"title": TITLE}}
    form = LostLinkForm(request.POST) if request.method == "POST" else LostLinkForm()
    if form.is_bound and accept(request, form, "consultation_link"):
        data = form.cleaned_data
        rows = Case.objects.select_related("concern", "municipality", "requester", "format")
        case = rows.filter(
            reference=data["reference"].strip().upper(),
            requester=None,
            concern__contact_email__iexact=data["email"],
        ).first()
        if case is not None:
            mails.send_link(case)
        return render(request, "consultations/requester/lost_link.html", {**context, "sent": True})
    return render(
        request, "consultations/requester/lost_link.html", {**context, "form": form}, status=status_for(form)
    )
