"""Praxisberichte: the list with its filters, the form for people of a municipality, and what they handed in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from knowledge.models import ArticlePage
from knowledge.queries import Reader
from knowledge.reports import queries, services
from knowledge.reports.forms import ReportForm
from knowledge.views.indexes import HOME
from portal.accounts.models import Membership, Municipality
from portal.accounts.queries import acting_user
from portal.core.markdown_answers import markdown_answer, markdown_link, offer_markdown
from portal.core.text import escape_markdown

PAGE_SIZE = 50
LEAD = "Kommunen berichten, was sie eingeführt haben, wie viel Arbeit es war und was sie gelernt haben."


def _crumbs() -> list[dict[str, str]]:
    return [HOME, {"title": "Praxisberichte", "url": reverse("reports")}]


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All reports, newest first; what the address asks for is kept."""
    reader, chosen = Reader.of(request), queries.Chosen.of(request.GET)
    topics = queries.topics_of_reports(reader)
    topic = next((topic for topic in topics if str(topic.pk) == chosen.topic), None)
    chosen = queries.Chosen(chosen.size, str(topic.pk) if topic else "")
    pages = queries.chosen_reports(reader, chosen, topic)
    shown = Paginator(pages, PAGE_SIZE).get_page(request.GET.get("seite"))
    context = {
        "reports": queries.report_cards(shown.object_list, reader),
        "reports_page": shown,
        "total": shown.paginator.count,
        "chosen": chosen,
        "sizes": Municipality.SizeClass.choices,
        "topics": [(str(topic.pk), topic.title) for topic in topics],
        "lead": LEAD,
        "breadcrumbs": [HOME],
        "meta": {"title": "Praxisberichte", "description": LEAD, "noindex": chosen.is_set},
    }
    return offer_markdown(render(request, "knowledge/reports/list.html", context), reverse("reports"))


@require_safe
def listing_markdown(request: HttpRequest) -> HttpResponse:
    """All reports, always all of them."""
    reader = Reader.of(request)
    found = queries.report_cards(queries.all_reports(reader), reader)
    lines = [f"- {markdown_link(card['title'], card['url'])}: {escape_markdown(card['note'])}" for card in found]
    return markdown_answer("Praxisberichte", reverse("reports"), [LEAD, "", *(lines or ["Noch kein Bericht."])])


def _municipalities(person: Any) -> Any:
    confirmed = Membership.objects.filter(user=person, state=Membership.State.CONFIRMED)
    return Municipality.objects.filter(pk__in=confirmed.values("municipality"), active=True)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """Take a report of somebody whose municipality is confirmed."""
    person = acting_user(request)
    municipalities = _municipalities(person)
    context: dict[str, Any] = {
        "breadcrumbs": _crumbs(),
        "meta": {"title": "Praxisbericht einreichen", "noindex": True},
    }
    if not municipalities.exists():
        return render(request, "knowledge/reports/no_municipality.html", context, status=403)
    data = request.POST if request.method == "POST" else None
    form = ReportForm(data, person=person, municipalities=municipalities, reader=Reader.of(request))
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        services.submit(person=person, municipality=found["municipality"], topic=found["topic"], data=found)
        messages.success(
            request, "Danke. Ihr Bericht ist eingegangen. Die Redaktion prüft ihn und meldet sich bei Fragen."
        )
        return HttpResponseRedirect(reverse("my_reports"))
    context["form"] = form
    return render(request, "knowledge/reports/submit.html", context, status=422 if form.is_bound else 200)


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What the person has handed in, where it stands, and the contact to take back."""
    context = {
        "reports": [
            {"report": report, "url": report.page.get_url(request) if report.page.live else ""}
            for report in queries.reports_by(acting_user(request))
        ],
        "breadcrumbs": _crumbs(),
        "meta": {"title": "Meine Praxisberichte", "noindex": True},
    }
    return render(request, "knowledge/reports/mine.html", context)


@never_cache
@login_required
@require_POST
def withdraw(request: HttpRequest, page_id: int) -> HttpResponse:
    """End the consent to be named as contact; twice is the same as once."""
    person = acting_user(request)
    page = ArticlePage.objects.filter(pk=page_id, field_reports__submitted_by=person).first()
    if page is None:
        raise Http404
    services.remove_contact(page=page, actor=person)
    messages.success(request, "Ihr Name und Ihre Adresse sind an diesem Bericht gelöscht.")
    return HttpResponseRedirect(reverse("my_reports"))
