"""Contact and report of a barrier: the only readers' pages with a CSRF cookie, so they are never cached."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.models import Page

from consultations.forms import BarrierForm, ContactForm, concern_from, page_from
from consultations.services import messages
from knowledge.readable import find_page
from portal.accounts.models import Membership
from portal.core.context import surroundings
from portal.core.markdown_answers import offer_markdown
from portal.core.open_form import OpenForm, accept, status_for

HOME = {"title": "Startseite", "url": "/"}
CONTACT_LEAD = "Stellen Sie eine Frage, bitten Sie um Beratung oder sagen Sie uns, was auf einer Seite fehlt."
BARRIER_LEAD = (
    "Sie können etwas im Portal nicht lesen, bedienen oder verstehen? Sagen Sie es uns. "
    "Wir antworten spätestens in sechs Wochen."
)


def _about_reader(request: HttpRequest) -> dict[str, str]:
    """Return what is known of somebody signed in, so that nobody is asked twice."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return {}
    membership = (
        Membership.objects.filter(user=request.user, state=Membership.State.CONFIRMED)
        .select_related("municipality")
        .first()
    )
    name = f"{request.user.first_name} {request.user.last_name}".strip()
    municipality = membership.municipality.name if membership else ""
    return {"email": request.user.email, "name": name, "municipality": municipality}


def _answer(request: HttpRequest, template: str, form: OpenForm, context: dict[str, Any]) -> HttpResponse:
    status = status_for(form)
    context |= {"form": form, "breadcrumbs": [HOME]}
    return offer_markdown(render(request, template, context, status=status), request.path)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """The centre's mailbox and a form; ?anliegen= and ?seite= fill it in."""
    if request.method == "POST":
        form = ContactForm(request.POST)
        if accept(request, form, "contact"):
            fields = ("concern", "message", "email", "name", "municipality", "page")
            mailbox = surroundings(request).operator.mailbox
            messages.send_contact(mailbox=mailbox, **{field: form.cleaned_data[field] for field in fields})
            return HttpResponseRedirect(reverse("contact_sent"))
    else:
        initial = {
            "concern": concern_from(request.GET.get("anliegen", "")),
            "page": page_from(request.GET.get("seite", "")),
        }
        form = ContactForm(initial=initial | _about_reader(request))
    meta = {"title": "Kontakt", "description": "So erreichen Sie uns: Fragen, Beratung, Hinweise zu einer Seite."}
    return _answer(request, "consultations/contact.html", form, {"meta": meta, "lead": CONTACT_LEAD})


def contact_sent(request: HttpRequest) -> HttpResponse:
    """What happens next with a message."""
    context = {"breadcrumbs": [HOME], "meta": {"title": "Nachricht gesendet", "noindex": True}}
    return render(request, "consultations/contact_sent.html", context)


def page_of_address(request: HttpRequest, address: str) -> Page | None:
    """Return the page somebody named by a path or an address of this portal."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:  # "http://[x": a bracket that is no address
        return None
    own = urlsplit(settings.BASE_URL).netloc
    if parts.netloc not in ("", own, request.get_host()) or not parts.path.startswith("/"):
        return None
    return find_page(request, parts.path)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_barrier(request: HttpRequest) -> HttpResponse:
    """Report a barrier; ?seite= names the page it was met on."""
    if request.method == "POST":
        form = BarrierForm(request.POST)
        if accept(request, form, "barrier"):
            data = form.cleaned_data
            operator = surroundings(request).operator
            mailbox = operator.accessibility_email or operator.mailbox
            messages.report_barrier(
                description=data["description"],
                mailbox=mailbox,
                page=page_of_address(request, data["page"]),
                address=data["page"],
                email=data["email"],
            )
            return HttpResponseRedirect(reverse("barrier_reported"))
    else:
        known = _about_reader(request)
        initial = {"page": page_from(request.GET.get("seite", "")), "email": known.get("email", "")}
        form = BarrierForm(initial=initial)
    description = "Melden Sie uns, wenn etwas im Portal für Sie nicht nutzbar ist."
    meta = {"title": "Barriere melden", "description": description}
    return _answer(request, "consultations/report_barrier.html", form, {"meta": meta, "lead": BARRIER_LEAD})


def barrier_reported(request: HttpRequest) -> HttpResponse:
    """What happens next with a report, and by when."""
    context = {"breadcrumbs": [HOME], "meta": {"title": "Meldung gesendet", "noindex": True}}
    return render(request, "consultations/barrier_reported.html", context)
