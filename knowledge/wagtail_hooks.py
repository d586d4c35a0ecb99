"""What the knowledge base adds to Wagtail's admin: glossary, law, the names of menus and log entries."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
)
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from knowledge.forms import ActForm, TermForm
from knowledge.models import Act, GlossaryTerm
from knowledge.upkeep import hooks as upkeep_hooks  # noqa: F401 - registering is their effect


class GlossaryViewSet(SnippetViewSet):
    """Terms with their meaning and synonyms."""

    model = GlossaryTerm
    icon = "openquote"
    menu_label = "Glossar"
    menu_name = "glossar"
    menu_order = 210
    add_to_admin_menu = True
    list_display = ["term", "expansion", "never_correct", "explain", "live"]
    list_filter = ["never_correct", "explain", "live"]
    search_fields = ["term", "expansion", "meaning", "synonyms"]
    search_backend_name = None
    ordering = ["term"]
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldRowPanel([FieldPanel("term"), FieldPanel("slug")]),
                    FieldPanel("expansion"),
                    FieldPanel("meaning"),
                ],
                heading="Begriff",
            ),
            ObjectList(
                [
                    FieldPanel("synonyms"),
                    FieldPanel("related"),
                    MultiFieldPanel([FieldPanel("never_correct"), FieldPanel("explain")], heading="Verhalten"),
                ],
                heading="Suche und Erklärung",
            ),
            ObjectList([PublishingPanel()], heading="Veröffentlichung"),
        ],
        base_form_class=TermForm,
    )


class ActViewSet(SnippetViewSet):
    """Acts of law, whom they bind, and their provisions."""

    model = Act
    icon = "list-ul"
    menu_label = "Recht"
    menu_name = "recht"
    menu_order = 220
    add_to_admin_menu = True
    list_display = ["abbreviation", "title", "level", "binds", "state_date", "live"]
    list_filter = ["level", "binds", "live"]
    search_fields = ["abbreviation", "title", "aliases"]
    search_backend_name = None
    ordering = ["abbreviation"]
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldRowPanel([FieldPanel("abbreviation"), FieldPanel("slug")]),
                    FieldPanel("title"),
                    FieldPanel("aliases"),
                    FieldRowPanel([FieldPanel("level"), FieldPanel("binds")]),
                    FieldPanel("counterpart"),
                    FieldPanel("summary"),
                ],
                heading="Rechtsvorschrift",
            ),
            ObjectList(
                [
                    InlinePanel(
                        "provisions",
                        heading="Vorschriften",
                        label="Vorschrift",
                        panels=[
                            FieldPanel("ref"),
                            FieldPanel("summary"),
                            FieldRowPanel([FieldPanel("in_force_from"), FieldPanel("in_force_to")]),
                        ],
                    )
                ],
                heading="Vorschriften",
            ),
            ObjectList(
                [FieldPanel("source_url"), FieldPanel("eli"), FieldPanel("state_date")], heading="Quelle und Stand"
            ),
            ObjectList([PublishingPanel()], heading="Veröffentlichung"),
        ],
        base_form_class=ActForm,
    )


register_snippet(GlossaryViewSet)
register_snippet(ActViewSet)


@hooks.register("construct_main_menu")
def name_the_tree(request: HttpRequest, menu_items: list[Any]) -> None:
    """Call the page tree by what it holds."""
    for item in menu_items:
        if item.name == "explorer":
            item.label = "Inhalte"


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action("knowledge.review", "Fachlich geprüft", "Fachlich geprüft")
