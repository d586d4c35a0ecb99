"""Deadlines in Wagtail's admin: list and form."""

from __future__ import annotations

from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PageChooserPanel,
    PublishingPanel,
    TabbedInterface,
)
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.snippets.models import register_snippet

from knowledge.facts.panels import NamedFactsPanel
from knowledge.forms import DeadlineForm
from knowledge.models import Deadline
from portal.core.review.panels import change_panel
from portal.core.screens.reviewed_snippets import ReviewedSnippetViewSet


class DeadlineViewSet(ReviewedSnippetViewSet):
    """What falls due when, and for whom."""

    model = Deadline
    icon = "calendar-alt"
    menu_label = "Fristen"
    menu_name = "fristen"
    menu_order = 225
    add_to_admin_menu = True
    list_display = [
        "title",
        Column(
            "day",
            label="Datum",
            accessor=lambda deadline: f"{deadline.day:%d.%m.%Y}" if deadline.day else "ohne festes Datum",
            sort_key="day",
        ),
        "kind",
        Column("status_label", label="Stand", sort_key="status"),
        Column(
            "binds",
            label="Bindet",
            accessor=lambda deadline: ", ".join(Deadline._meta.get_field("binds").labels(deadline.binds)),
        ),
        BooleanColumn("live", label="Veröffentlicht", sort_key="live"),
    ]
    list_filter = ["kind", "status", "live"]
    search_fields = ["title", "slug", "text", "legal_basis", "source"]
    search_backend_name = None
    ordering = ["day", "slug"]
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldPanel("title"),
                    FieldPanel("slug"),
                    FieldRowPanel([FieldPanel("kind"), FieldPanel("status")]),
                    FieldRowPanel([FieldPanel("day"), FieldPanel("day_note")]),
                    FieldPanel("binds"),
                    FieldPanel("text"),
                    PageChooserPanel("topic", "knowledge.TopicPage"),
                    FieldPanel("responsible_person"),
                ],
                heading="Frist",
            ),
            ObjectList(
                [
                    FieldPanel("legal_basis"),
                    MultiFieldPanel(
                        [FieldPanel("source"), FieldPanel("source_url"), FieldPanel("state_date")],
                        heading="Quelle",
                    ),
                    FieldPanel("fact_list", heading="Fakten"),
                    NamedFactsPanel(heading="Worauf sich die Frist stützt"),
                ],
                heading="Recht und Quelle",
            ),
            ObjectList(
                [
                    InlinePanel(
                        "articles", heading="Seiten, die die Frist zeigen", label="Seite",
                        panels=[PageChooserPanel("target")],
                    ),
                ],
                heading="Seiten",
            ),
            ObjectList([PublishingPanel(), change_panel()], heading="Veröffentlichung"),
        ],
        base_form_class=DeadlineForm,
    )  # fmt: skip


register_snippet(DeadlineViewSet)
