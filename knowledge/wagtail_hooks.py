"""What the knowledge base adds to Wagtail's admin: glossary, law, the names of menus and log entries."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
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

from knowledge.deadlines import admin as deadline_admin  # noqa: F401 - registering is its effect
from knowledge.facts import admin as fact_admin  # noqa: F401 - registering is its effect
from knowledge.facts.panels import NamedFactsPanel
from knowledge.feedback.report import FeedbackReportView
from knowledge.forms import ActForm, TermForm
from knowledge.links import hooks as link_hooks  # noqa: F401 - registering is their effect
from knowledge.models import Act, GlossaryTerm
from knowledge.pictures import hooks as picture_hooks  # noqa: F401 - registering is their effect
from knowledge.reading import hooks as reading_hooks  # noqa: F401 - registering is their effect
from knowledge.reports import admin as report_hooks  # noqa: F401 - registering is its effect
from knowledge.upkeep import hooks as upkeep_hooks  # noqa: F401 - registering is their effect
from knowledge.visits import hooks as visit_hooks  # noqa: F401 - registering is their effect
from knowledge.word import hooks as word_hooks  # noqa: F401 - registering is its effect
from portal.core.review.panels import change_panel
from portal.core.screens.reviewed_snippets import ReviewedSnippetViewSet

LONG_FORM = (
    "Wofür eine Abkürzung steht. Die Suche setzt beide gleich, wenn die Buchstaben der Abkürzung der Reihe nach "
    "in der Langform vorkommen; sonst nur, wenn die Langform auch bei den Synonymen steht."
)


class GlossaryViewSet(ReviewedSnippetViewSet):
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
                    FieldPanel("expansion", help_text=LONG_FORM),
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
            ObjectList(
                [
                    FieldPanel("fact_list", heading="Fakten"),
                    NamedFactsPanel(heading="Worauf sich der Begriff stützt"),
                ],
                heading="Fakten",
            ),
            ObjectList([PublishingPanel(), change_panel()], heading="Veröffentlichung"),
        ],
        base_form_class=TermForm,
    )


class ActViewSet(ReviewedSnippetViewSet):
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
                [
                    FieldPanel("source_url"),
                    FieldPanel("eli"),
                    FieldPanel("state_date"),
                    FieldPanel("fact_list", heading="Fakten"),
                    NamedFactsPanel(heading="Worauf sich Bedeutung und Vorschriften stützen"),
                ],
                heading="Quelle und Stand",
            ),
            ObjectList([PublishingPanel(), change_panel()], heading="Veröffentlichung"),
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


@hooks.register("register_admin_urls")
def register_feedback_report() -> list[URLPattern]:
    return [path("berichte/rueckmeldungen/", FeedbackReportView.as_view(), name="knowledge_feedback")]


class _FeedbackItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("core.view_workitem"))


@hooks.register("register_reports_menu_item")
def register_feedback_item() -> MenuItem:
    url = reverse("knowledge_feedback")
    return _FeedbackItem("Rückmeldungen", url, name="feedback", icon_name="comment", order=910)
