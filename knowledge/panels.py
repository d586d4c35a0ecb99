"""Panels of the editing forms, in tabs: what, on what ground, for whom, who answers, where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PageChooserPanel,
    TabbedInterface,
)

from knowledge.facts.panels import NamedFactsPanel


class StatePanel(FieldPanel):
    """A state the form only shows; what is not there yet is said in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "read_only": True})

    def format_value_for_display(self, value: Any) -> Any:
        return super().format_value_for_display(value) or "noch keine Angabe"


def law_panels(*, sources_required: bool) -> list[Any]:
    """Legal basis, sources, the date of the statements and the facts they rest on."""
    return [
        MultiFieldPanel([FieldPanel("legal_basis"), FieldPanel("no_legal_basis")], heading="Rechtsgrundlage"),
        InlinePanel(
            "sources", heading="Quellen", label="Quelle", min_num=1 if sources_required else 0,
            help_text="Worauf sich die Aussagen stützen; mindestens eine Quelle bei Artikeln.",
        ),
        FieldPanel("content_as_of", help_text="Datum der jüngsten Aussage."),
        FieldPanel("fact_list", heading="Fakten", disable_comments=True),
        NamedFactsPanel(),
    ]  # fmt: skip


def duty_panels() -> list[Any]:
    """Who answers for the page, and its state of review (read only: only a review sets it)."""
    return [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("responsible_unit"), FieldPanel("contact_email")]),
                FieldRowPanel([FieldPanel("responsible_person"), FieldPanel("deputy")]),
            ],
            heading="Zuständig",
        ),
        MultiFieldPanel(
            [
                FieldPanel("review_interval_days"),
                FieldRowPanel(
                    [
                        StatePanel("reviewed_at"),
                        StatePanel("next_review_on"),
                        StatePanel("version_number"),
                    ]
                ),
            ],
            heading="Prüfung",
        ),
    ]


def upkeep_panels() -> list[Any]:
    """Who answers for a page without a trust line, and its state of review."""
    return [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("responsible_person"), FieldPanel("deputy")]),
                FieldPanel("review_interval_days"),
                FieldRowPanel([StatePanel("reviewed_at"), StatePanel("next_review_on")]),
            ],
            heading="Zuständig und Prüfung",
        )
    ]


def topics_panel() -> FieldPanel:
    """Further topics; the primary one is the page's place in the tree."""
    return FieldPanel(
        "topics", widget=forms.CheckboxSelectMultiple, help_text="Das Hauptthema ist der Ort der Seite."
    )


def related_panel() -> InlinePanel:
    """Pages an editor puts beside this one."""
    return InlinePanel(
        "curated_related", heading="Verwandte Seiten", label="Seite", max_num=8,
        panels=[PageChooserPanel("target")],
        help_text="Ausgewählte Seiten stehen zuerst; weitere ergänzt das Portal selbst.",
    )  # fmt: skip


def tabs(page: Any, *named: tuple[str, Sequence[Any]]) -> TabbedInterface:
    """Return the form of a page type: its own tabs, then address and publication."""
    own = [ObjectList(panels, heading=heading) for heading, panels in named]
    return TabbedInterface(
        [
            *own,
            ObjectList(page.promote_panels, heading="Adresse und Sichtbarkeit"),
            ObjectList(page.settings_panels, heading="Veröffentlichung"),
        ],
        base_form_class=page.base_form_class,
    )
