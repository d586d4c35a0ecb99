"""What a browser sends from an editing form as it stands, with some fields changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Manager, Model, QuerySet
from wagtail.blocks import BlockField
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from knowledge.models import Act, ArticlePage, GlossaryTerm
from tests.factories.decisions import nodes

CHANGE = {"change_significance": "", "change_summary": ""}


def editor_data(subject: Any, user: Any, **changes: Any) -> dict[str, Any]:
    """Return complete form data of a page, act or term as an editor would post it."""
    if isinstance(subject, GlossaryTerm):
        names: tuple[str, ...] = ("term", "slug", "expansion", "meaning", "synonyms", "related")
        data: dict[str, Any] = {name: getattr(subject, name) for name in names}
    elif isinstance(subject, Act):
        names = ("abbreviation", "slug", "title", "aliases", "level", "binds", "summary", "source_url", "eli")
        data = {name: getattr(subject, name) for name in names}
        data |= {"counterpart": "", "state_date": "", "provisions": inline_formset([])}
    elif isinstance(subject, ArticlePage):
        data = _article(subject, user)
    else:
        data = _as_drawn(subject, user)
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
        "field_reports": inline_formset([]),
        "comments": inline_formset([]),
        "review_interval_days": "365",
        "content_as_of": "2026-08-19",
        "responsible_unit": "Kompetenzstelle",
        "contact_email": "fragen@example.org",
        "responsible_person": str(user.pk),
        "visibility": "public",
        "tags": "",
    }


def _sent(value: Any) -> Any:
    """Return what a browser sends of a field's value."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Model):
        return value.pk
    return "" if value is None else value


def tree(made: list[tuple[str, dict[str, Any]]]) -> Any:
    """Return what a browser sends of the questions and results of a decision help."""
    sent = [
        (
            kind,
            {
                name: streamfield([("item", _sent(row)) for row in item]) if isinstance(item, list) else item
                for name, item in value.items()
            },
        )
        for kind, value in made
    ]
    return streamfield(sent)


def _as_drawn(page: Any, user: Any) -> dict[str, Any]:
    """Fill in the form of any other page with what it shows; bodies get one paragraph, lists of children none."""
    form = type(page).get_edit_handler().get_form_class()(instance=page, for_user=user)
    data: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if isinstance(field, BlockField):
            is_tree = "step" in field.block.child_blocks
            data[name] = tree(nodes(basis="")) if is_tree else streamfield([("markdown", "Über **Größe**.")])
        elif value is True:
            data[name] = "on"
        elif value is not False and not isinstance(value, list | tuple | Manager | QuerySet):
            data[name] = _sent(value)
    return {**data, **{name: inline_formset([]) for name in form.formsets}, "responsible_person": str(user.pk)}
