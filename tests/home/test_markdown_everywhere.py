"""Every public address has a Markdown form: a new page type or view without one fails here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from wagtail.models import Page

from portal.core.content_io import frontmatter
from portal.core.markdown_answers import markdown_url
from portal.home.models import EasyLanguagePage, SignLanguagePage
from tests import factories

pytestmark = pytest.mark.django_db

# Addresses of ours that show no content of their own, with the reason.
NO_CONTENT = {
    "healthz": "probe", "readyz": "probe", "robots": "for machines", "security_txt": "for machines",
    "sitemap": "for machines", "opensearch": "for machines", "search_suggest": "for machines",
    "search_opened": "takes a message of a script, shows nothing",
    "api_search": "for machines", "api_suggest": "for machines", "api_description": "for machines",
    "api_unknown": "for machines",
    "media": "a file", "page_pdf": "another form of a page", "feed_all": "another form",
    "feed_topic": "another form", "contact_sent": "thanks after sending",
    "barrier_reported": "thanks after sending",
    "deadlines_feed": "another form", "deadlines_feed_of": "another form", "deadlines_calendar": "another form",
    "deadlines_calendar_of": "another form",
    "changes_feed": "another form", "changes_feed_of": "another form",
    "expert_draft": "one expert's own, never indexed", "expert_file": "a file",
    "search_why": "for people of the centre only",
    "subscription_requested": "somebody's own", "subscription_confirm": "somebody's own",
    "subscription_request_link": "somebody's own", "subscription_link_sent": "somebody's own",
    "subscription_manage": "somebody's own", "subscription_unsubscribe": "somebody's own",
    "subscription_ended": "somebody's own", "feedback_vote": "only a form", "feedback_reason": "only a form",
    "feedback_thanks": "thanks after sending", "submit_report": "only a form",
    "my_reports": "somebody's own", "withdraw_report_contact": "only a form", "components": "development only",
    "demo_mails": "development only",
    "consultations_outside": "somebody's own", "consultations_outside_case": "somebody's own",
    "consultations_outside_file": "a file",
    "consultation_start": "only a form", "consultation_step": "only a form",
    "consultation_answered": "thanks after sending", "consultation_link": "only a form",
    "consultation_mail_sent": "somebody's own",
    "consultation_reminders": "somebody's own", "consultation_own_reminders": "only a form",
    "consultation_confirm": "somebody's own", "consultation_confirmation": "somebody's own",
    "consultation_cases": "somebody's own",
    "consultation_case": "somebody's own", "consultation_withdraw": "somebody's own",
    "consultation_appointment": "somebody's own", "consultation_waiting": "only a form",
    "consultation_message": "somebody's own", "consultation_case_file": "a file",
    "consultation_task_done": "only a form", "consultation_task_reopen": "only a form",
    "consultation_take_back": "only a form",
    "consultation_claim": "only a form", "consultation_choose": "only a form",
    "consultation_confirmation_pdf": "a file",
    "consultation_participants": "somebody's own", "consultation_share": "somebody's own",
    "consultation_hand_over": "somebody's own", "consultation_handed_over": "thanks after sending",
    "consultation_invitation": "somebody's own", "consultation_invitation_ics": "somebody's own",
    "consultation_rating": "only a form",
    "consultations_own_feed": "somebody's own",
    "consultation_case_ics": "somebody's own", "consultation_sessions_feed": "another form",
    "consultation_sessions_ics": "another form", "consultation_session_ics": "another form",
    "wagtail_serve": "the pages, walked by the sitemap",
    "wagtailcore_login": "login", "wagtailcore_authenticate_with_password": "login", None: "login",
}  # fmt: skip
OTHERS = ("cms/", "konto/", "dokumente/")


def addresses(patterns: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """Walk all URL patterns: (pattern, name)."""
    for item in patterns:
        text = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from addresses(item.url_patterns, text)
        elif isinstance(item, URLPattern):
            yield text, item.name


@pytest.fixture
def content() -> None:
    """One page of each type, a term, an act with its wording, a tag."""
    topic = factories.topic("Ämter")
    factories.article("Versioniert", parent=topic)
    factories.article(parent=topic, tags=["Übung"])
    factories.question(parent=topic)
    factories.template()
    factories.decision()
    factories.role_page()
    factories.standard_page()
    for model in (EasyLanguagePage, SignLanguagePage):
        factories.home().add_child(instance=model(title=f"Größe {model.__name__}"))
    factories.term()
    factories.law_text(factories.act(), {"1": "Größe"})


def locations() -> list[str]:
    text = Client().get("/sitemap.xml").content.decode()
    return [urlsplit(url).path for url in re.findall(r"<loc>([^<]+)</loc>", text)]


@pytest.mark.usefixtures("content")
def test_every_public_address_answers_as_markdown(client: Client) -> None:
    pages = locations()
    types = {
        type(Page.objects.live().get(pk=pk).specific) for pk in Page.objects.live().values_list("pk", flat=True)
    }
    ours = {model for model in apps.get_models() if issubclass(model, Page) and model is not Page}
    assert types - {Page} >= {model for model in ours if not model._meta.app_label.startswith("wagtail")}

    for address in [
        *pages,
        "/suche/",
        "/schlagwort/uebung/",
        "/aenderungen/",
        "/abonnieren/",
        "/themen/aemter/versioniert/versionen/",
    ]:
        html, answer = client.get(address), client.get(markdown_url(address))
        assert html.status_code == answer.status_code == 200, address
        assert answer["Content-Type"] == "text/markdown; charset=utf-8", address
        assert frontmatter.parse(answer.content.decode()).data
        assert f'<{markdown_url(address)}>; rel="alternate"; type="text/markdown"' in html["Link"], address
        assert f'<{address}>; rel="canonical"' in answer["Link"], address


def test_every_view_of_the_portal_has_a_markdown_form_or_no_content() -> None:
    found = [(text, name) for text, name in addresses(get_resolver().url_patterns) if not text.startswith(OTHERS)]
    names = {name for _, name in found}
    # Pages, terms and acts are served by one view.
    by_path = {"glossary_term", "act", "markdown", "page"}
    missing = {
        name
        for name in names - NO_CONTENT.keys() - by_path
        if not str(name).endswith("_markdown") and f"{name}_markdown" not in names
    }

    assert not missing
