"""No page of ours is left out of the browser's axe-core: each address is listed, or it is said why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from tests.browser.pages import (
    ACCOUNT_PAGES,
    ADMIN_SCREENS,
    DESK_SCREENS,
    ERROR_PAGES,
    GONE_PAGES,
    JOURNEYS,
    PAGE_TYPES,
    READER_PAGES,
)

pytestmark = pytest.mark.once
OWN = ("portal", "knowledge", "faq", "search", "consultations")
OWN_MODELS = ("core", "accounts", "knowledge", "faq", "home", "consultations")
BROWSER = Path(__file__).parents[1] / "browser"

# What answers no GET with a page of its own, by the reason why.
EXCEPTIONS = {
    "a file or data, no page": {
        "healthz", "readyz", "robots", "security_txt", "media", "sitemap", "opensearch", "search_suggest",
        "search_opened",
        "deadlines_feed", "deadlines_feed_of", "deadlines_calendar", "deadlines_calendar_of",
        "page_pdf", "changes_feed", "changes_feed_of", "feed_all", "feed_topic", "mfa_download_recovery_codes",
        "knowledge_word_image", "wagtaildocs_serve", "mfa_login_webauthn",
        "api_search", "api_suggest", "api_description", "api_unknown", "expert_file", "consultations_file",
        "consultation_case_ics", "consultation_sessions_feed", "consultation_sessions_ics",
        "consultation_session_ics", "consultations_outside_file", "consultation_case_file",
        "consultation_invitation_ics",
        "consultations_statistics_csv", "consultations_statistics_xlsx",
        "consultations_record_file", "consultations_own_feed", "consultations_incoming_file",
        "consultation_confirmation_pdf",
    },
    "Markdown, the text of a page that is listed": {
        "markdown", "search_markdown", "contact_markdown", "subscribe_markdown",
        "report_barrier_markdown", "glossary_markdown", "acts_markdown",
        "law_text_markdown", "az_markdown", "tag_markdown", "site_map_markdown",
        "recent_changes_markdown", "page_versions_markdown", "page_comparison_markdown",
        "deadlines_markdown", "deadline_markdown", "reports_markdown", "search_ranking_markdown",
        "consultation_sessions_markdown", "consultation_privacy_markdown",
    },
    "answers POST only and leads on": {
        "knowledge_link_recheck", "knowledge_confirm_review", "knowledge_word_discard", "expert_revoke",
        "page_correction_withdraw", "withdraw_report_contact", "core_outbox_retry", "work_items:note",
        "search_rules:undo", "search_act", "membership_decide", "membership_administration",
        "membership_renewal_mail", "account_export", "session_end",
        "consultation_task_done", "consultation_task_reopen", "consultation_take_back", "consultation_claim",
        "consultation_own_reminders", "consultations_mail_retry",
        "consultations_incoming_take", "consultations_incoming_done", "consultations_incoming_checked",
        "consultations_advance",
        "consultations_unlink", "consultations_task_done", "consultations_task_drop",
        "consultations_task_reopen", "consultations_mark",
        "consultations_export_file", "consultations_handed_over", "consultations_archive_decision",
        "consultations_group_done",
        "consultations_own_calendar_feed", "consultations_own_calendar_source",
    },
    "leads on to a page that is listed": {
        "wagtailcore_login", "wagtailadmin_login", "cms/^password_reset/.*$", "mfa_reauthenticate_webauthn",
        "account_set_password", "knowledge_word_upload",
    },
    "gone, answered by the page of a lost address": {
        "^_util/authenticate_with_password/.*$", "^dokumente/authenticate_with_password/.*$",
        "cms/^bulk/accounts/user/.*$", "wagtailcore_authenticate_with_password",
        "wagtaildocs_authenticate_with_password",
    },
    "there only where a sign-on service is configured (tests/accounts/test_sign_on.py)": {
        "openid_connect_login", "openid_connect_callback",
    },
    "never reached: our own view of the same address stands before it": {"wagtail_serve"},
    "a part of a list, fetched while somebody types": {
        "faq_no_questions_results", "knowledge_links_results", "knowledge_pictures_results",
        "knowledge_undescribed_results", "knowledge_readability_results", "knowledge_reviews_results",
        "knowledge_no_visits_results", "core_open_reviews_results", "core_locked_pages_results",
        "core_history_results", "core_outbox_results", "core_audit_results", "consultations_desk_results",
        "cms/documents/multiple/<int:doc_id>/delete/", "cms/images/multiple/<int:image_id>/delete/",
    },
    "nobody has the right: these rows are kept": {
        "municipality:delete", "district:delete", "membership:delete", "work_items:delete",
        "formats:delete", "advisers:delete",
    },
}  # fmt: skip
# Screens Wagtail makes for any model; ours differ from the listed ones by the names of fields alone.
WAGTAIL_PARTS = {
    "index_results", "list_results", "history", "history_results", "usage", "copy", "preview_on_add",
    "preview_on_edit", "lock", "unlock", "revisions_view", "revisions_revert", "revisions_compare",
    "revisions_unschedule", "workflow_action", "collect_workflow_action_data", "confirm_workflow_cancellation",
    "workflow_history", "workflow_history_detail", "workflow_preview",
}  # fmt: skip


class Numbers(dict[str, Any]):
    """Any number the address of a page asks for."""

    def __missing__(self, key: str) -> str:
        return {
            "expert": "/entwurf/abc/",
            "invitation": "/beratung/einladung/abc/",
            "thread": "00000000-0000-4000-8000-000000000000",
            "renewal": "/konto/kommune/bestaetigung/abc/",
        }.get(key, "1")


def key_of(name: str | None, namespace: str, route: str) -> str:
    return f"{namespace}:{name}" if name and namespace else name or route


def is_own(callback: Any, namespace: str, route: str) -> bool:
    """True for public addresses, our own views in the admin, and Wagtail's screens for our models."""
    if not route.startswith("cms/"):
        return True
    view = getattr(callback, "view_class", None)
    if str(getattr(view or callback, "__module__", "")).split(".")[0] in OWN:
        return True
    model = getattr(callback, "view_initkwargs", {}).get("model") or getattr(view, "model", None)
    with_model = getattr(getattr(model, "_meta", None), "app_label", "") in OWN_MODELS
    return with_model and not namespace.startswith(("wagtailsnippetchoosers", "wagtailimages", "wagtaildocs"))


def patterns(resolver: Any, route: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """Return key and name of every address of ours."""
    for item in resolver.url_patterns:
        here = route + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from patterns(item, here, item.namespace or namespace)
        elif isinstance(item, URLPattern) and is_own(item.callback, namespace, here):
            yield key_of(item.name, namespace, here), item.name or ""


def looked_at() -> set[str]:
    addresses = [*READER_PAGES.values(), *ADMIN_SCREENS.values(), *DESK_SCREENS.values()]
    addresses += [address for _, address in ACCOUNT_PAGES.values()]
    addresses += [address for address, *_ in ERROR_PAGES.values()]
    addresses += [address for address, _ in GONE_PAGES.values()]
    found = set()
    for address in addresses:
        match = resolve(urlsplit(address.format_map(Numbers())).path)
        found.add(key_of(match.url_name, match.namespace, match.route))
    return found


def test_every_page_of_ours_is_looked_at_or_says_why_not() -> None:
    ours = {key for key, name in patterns(get_resolver()) if ":" not in key or name not in WAGTAIL_PARTS}
    excepted = set().union(*EXCEPTIONS.values())
    seen = looked_at() | set(JOURNEYS)
    assert ours - seen - excepted == set()
    assert excepted - ours == set(), "these addresses are gone"
    assert excepted & seen == set(), "these are looked at and need no exception"


def test_no_exception_is_given_twice() -> None:
    assert sum(len(names) for names in EXCEPTIONS.values()) == len(set().union(*EXCEPTIONS.values()))


def test_what_a_journey_looks_at_stands_in_its_file() -> None:
    names = {key for key, _ in patterns(get_resolver())}
    assert set(JOURNEYS) - names == set()
    for file in set(JOURNEYS.values()):
        text = (BROWSER / file).read_text()
        assert any(word in text for word in ("axe_findings(", "findings_in_all_forms(", "check(")), file


def test_every_kind_of_page_is_looked_at() -> None:
    from wagtail.models import get_page_models

    models = {model._meta.label for model in get_page_models() if model._meta.app_label in OWN_MODELS}
    assert set(PAGE_TYPES) == models
    for reader, form in PAGE_TYPES.values():
        assert reader in READER_PAGES
        assert form in ADMIN_SCREENS


def test_every_kind_of_snippet_and_setting_is_looked_at() -> None:
    from wagtail.contrib.settings.registry import registry
    from wagtail.snippets.models import get_snippet_models

    for model in get_snippet_models():
        if model._meta.app_label in OWN_MODELS:
            start = f"/cms/snippets/{model._meta.app_label}/{model._meta.model_name}/"
            assert any(address.startswith(start) for address in ADMIN_SCREENS.values()), start
    for model in registry:
        start = f"/cms/settings/{model._meta.app_label}/{model._meta.model_name}/"
        assert any(address.startswith(start) for address in ADMIN_SCREENS.values()), start
