"""What a browser sends from an editing form as it stands, with some fields changed."""

from __future__ import annotations

from typing import Any

from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from knowledge.models import Act, GlossaryTerm

CHANGE = {"change_significance": "", "change_summary": ""}


def editor_data(subject: Any, user: Any, **changes: Any) -> dict[str, Any]:
    """Return complete form data of an article, act or term as an editor would post it."""
    if isinstance(subject, GlossaryTerm):
        names: tuple[str, ...] = ("term", "slug", "expansion", "meaning", "synonyms", "related")
        data: dict[str, Any] = {name: getattr(subject, name) for name in names}
    elif isinstance(subject, Act):
        names = ("abbreviation", "slug", "title", "aliases", "level", "binds", "summary", "source_url", "eli")
        data = {name: getattr(subject, name) for name in names}
        data |= {"counterpart": "", "state_date": "", "provisions": inline_formset([])}
    else:
        data = _article(subject, user)
    return dict(nested_form_data({**CHANGE, **data, **changes}))


def _article(page: Any, user: Any) -> dict[str, Any]:
    return {
        "title": page.title,
        "slug": page.slug,
        "kind": "leitfaden",
        "short_answer": "Ja. Die Behörde prüft das.",
        "body": streamfield([("markdown", "Über **Größe**.")]),
        "next_step_label": "",
        "next_step_page": "",
        "legal_basis": "",
        "no_legal_basis": "on",
        "sources": inline_formset([{"title": "Amtsblatt, 19.08.2026", "url": ""}]),
        "curated_related": inline_formset([]),
        "comments": inline_formset([]),
        "review_interval_days": "365",
        "content_as_of": "2026-08-19",
        "responsible_unit": "Kompetenzstelle",
        "contact_email": "fragen@example.org",
        "responsible_person": str(user.pk),
        "visibility": "public",
        "tags": "",
    }
