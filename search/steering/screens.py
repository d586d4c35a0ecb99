"""The screens of "Suche pflegen": rules, preview, versions with undo, weights of the ranking."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet

from portal.core.visibility import level_of_user
from search.steering import services
from search.steering.forms import TEXTS, RuleForm, kind_of, searches_of
from search.steering.models import KEPT, SteeringRule, SteeringVersion
from search.steering.preview import preview
from search.steering.targets import titles
from search.steering.weights import sections

NAME = "search_rules"
CHANGE = "search.change_steeringrule"
PER_PAGE = 30


class RuleFilterSet(WagtailFilterSet):
    kind = django_filters.ChoiceFilter(label="Art", choices=SteeringRule.Kind.choices)

    class Meta:
        model = SteeringRule
        fields = ["kind"]


class _IndexView(generic.IndexView):
    filterset_class = RuleFilterSet
    template_name = "search/admin/rules.html"

    def get_base_queryset(self) -> QuerySet[SteeringRule]:
        return SteeringRule.objects.order_by("kind", "words", "pk")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        rows = list(context["object_list"])
        named = titles(row.target for row in rows if row.target)
        for row in rows:
            row.said = named.get(row.target, "nicht mehr veröffentlicht") if row.target else row.others
        context["object_list"] = rows
        if context.get("table") is not None:
            context["table"].data = rows
        return context


class _Previewed:
    """What adding and changing share: the button that shows what a rule would change, without saving it."""

    template_name = "search/admin/rule.html"
    request: HttpRequest
    form: RuleForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "preview" not in request.POST:
            answer: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]  # of the view
            return answer
        self.object = self.get_object() if "pk" in self.kwargs else None  # type: ignore[attr-defined]  # of the view
        form = self.get_form()  # type: ignore[attr-defined]  # of the view
        reader = level_of_user(request.user)
        shown = preview(form.instance, form.searches(), reader=reader) if form.is_valid() else None
        context = self.get_context_data(form=form, preview=shown)  # type: ignore[attr-defined]  # of the view
        return self.render_to_response(context)  # type: ignore[attr-defined]  # of the view

    def save_instance(self) -> SteeringRule:
        return self.form.write(self.request.user)

    def get_side_panels(self) -> MediaContainer:
        return MediaContainer([])  # the versions have a screen of their own


class _CreateView(_Previewed, generic.CreateView):
    def get_template_names(self) -> list[str]:
        """Ask for the kind first: it decides about the fields."""
        asked = self.request.method == "POST" or kind_of(self.request.GET.get("art"))
        return ["search/admin/rule.html" if asked else "search/admin/kinds.html"]

    def get_initial(self) -> dict[str, Any]:
        asked = self.request.GET
        kind = kind_of(asked.get("art"))
        return {
            "kind": kind or SteeringRule.Kind.EQUAL,
            "words": asked.get("woerter", "")[:1000],
            "target": asked.get("ziel", "")[:60],
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kinds = [(kind.value, kind.label, TEXTS[kind][2]) for kind in SteeringRule.Kind]
        return {**super().get_context_data(**kwargs), "kinds": kinds}


class _EditView(_Previewed, generic.EditView):
    pass


class _DeleteView(generic.DeleteView):
    """Asks before a rule goes, and shows what will be found without it."""

    template_name = "search/admin/rule_delete.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reader = level_of_user(self.request.user)
        shown = preview(self.object, searches_of(self.object), reader=reader, deleted=True)
        return {**super().get_context_data(**kwargs), "preview": shown}

    def delete_action(self) -> None:
        services.delete_rule(rule=self.object, actor=self.request.user)


class VersionsView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Who changed which rule when, from what to what; each change can be undone."""

    model = SteeringRule
    any_permission_required = ["view"]
    page_title = "Verlauf der Suchregeln"
    header_icon = "history"
    template_name = "search/admin/versions.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return _breadcrumbs(super().get_breadcrumbs_items(), self.page_title)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = SteeringVersion.objects.select_related("actor")
        if (rule := self.request.GET.get("regel", "")).isdigit() and len(rule) < 18:
            rows = rows.filter(rule=int(rule))
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("p"))
        versions = list(page.object_list)
        data = [state for row in versions for state in (row.before, row.after) if state]
        named = titles(state["target"] for state in data if state["target"])
        for row in versions:
            row.lines = _differences(row, named)  # type: ignore[attr-defined]  # for the template
            row.who = _name(row.actor)  # type: ignore[attr-defined]
        may_change = self.request.user.has_perm(CHANGE)
        return {
            **super().get_context_data(**kwargs), "versions": versions, "page_obj": page, "may_change": may_change,
        }  # fmt: skip


def _name(person: Any) -> str:
    return str(person.get_full_name() or person) if person else "Portal"


def _differences(version: SteeringVersion, named: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return (field, before, after) of what differs, in words."""
    before, after = version.before or {}, version.after or {}
    pinned = SteeringRule.Kind.PIN in (before.get("kind"), after.get("kind"))
    return [
        (_label(name), _said(name, before, named), _said(name, after, named))
        for name in KEPT
        if before.get(name) != after.get(name) and (before.get(name) or after.get(name))
        if name != "place" or pinned
    ]


def _label(name: str) -> str:
    return str(getattr(SteeringRule._meta.get_field(name), "verbose_name", name))


def _said(name: str, state: dict[str, Any], named: dict[str, str]) -> str:
    value = state.get(name)
    if not value:
        return "–"
    if name == "kind":
        return str(SteeringRule.Kind(value).label)
    if name == "target":
        return named.get(value, value)
    return ", ".join(str(value).splitlines())


def _breadcrumbs(items: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    return [*items, {"url": reverse(f"{NAME}:index"), "label": "Suche pflegen"}, {"url": "", "label": title}]


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a rule what it was before one change."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    version = get_object_or_404(SteeringVersion, pk=pk)
    try:
        services.undo(version=version, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "Die Änderung ist rückgängig gemacht.")
    return redirect(f"{NAME}:versions")


class WeightsView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """The weights of the ranking, each with its reason and its measured effect; read only."""

    model = SteeringRule
    any_permission_required = ["view"]
    page_title = "Gewichte der Suche"
    header_icon = "list-ol"
    template_name = "search/admin/weights.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return _breadcrumbs(super().get_breadcrumbs_items(), self.page_title)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "sections": sections()}


class RuleViewSet(ModelViewSet):
    model = SteeringRule
    icon = "search"
    name = NAME
    url_prefix = "suche-pflegen"
    menu_label = "Suche pflegen"
    menu_order = 460
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = _IndexView
    add_view_class = _CreateView
    edit_view_class = _EditView
    delete_view_class = _DeleteView
    index_template_name = "search/admin/rules.html"
    create_template_name = "search/admin/rule.html"
    edit_template_name = "search/admin/rule.html"
    delete_template_name = "search/admin/rule_delete.html"
    list_display = [
        Column("words", label="Wörter oder Suchen", accessor=lambda rule: ", ".join(rule.word_list)),
        Column("kind", label="Art", accessor="get_kind_display", sort_key="kind"),
        Column("said", label="Führt zu", accessor=lambda rule: ", ".join(rule.said.splitlines())),
        Column("note", label="Begründung"),
    ]
    search_fields = ["words", "others", "note"]
    search_backend_name = None
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[SteeringRule]]:
        return RuleForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("verlauf/", VersionsView.as_view(), name="versions"),
            path("verlauf/<int:pk>/rueckgaengig/", undo, name="undo"),
            path("gewichte/", WeightsView.as_view(), name="weights"),
        ]
