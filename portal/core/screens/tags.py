"""Tags: rename, and merge what means the same."""

from __future__ import annotations

from itertools import count
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log

from portal.core import services
from portal.core.models import Tag
from portal.core.models.tags import find_tag

NAME = "tags"


class TagForm(forms.ModelForm[Tag]):
    """A tag's name and address; a changed address leads on to the new one."""

    class Meta:
        model = Tag
        fields = ["name", "slug"]
        labels = {"name": "Schlagwort", "slug": "Adresse"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        self.fields["slug"].help_text = "Leer: wird aus dem Schlagwort gebildet."

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if find_tag(Tag.objects.exclude(pk=self.instance.pk), name) is not None:
            raise forms.ValidationError(
                "Dieses Schlagwort gibt es schon. Führen Sie die beiden in der Liste zusammen.", code="duplicate"
            )
        return name

    def save(self, commit: bool = True) -> Tag:
        old_slug = self.initial.get("slug", "")
        if not self.instance.slug:
            self.instance.slug = self._free_slug()
        tag = super().save(commit)
        if commit and self.instance.pk and self.changed_data:
            services.tag_changed(tag=tag, old_slug=old_slug)
        return tag

    def _free_slug(self) -> str:
        """Return the address made from the name, numbered where another tag has kept it over a renaming."""
        others = Tag.objects.exclude(pk=self.instance.pk)
        numbered = (self.instance.slugify(self.instance.name, number or None) for number in count())
        return next(slug for slug in numbered if not others.filter(slug=slug).exists())


class MergeForm(forms.Form):
    target = forms.ModelChoiceField(
        label="Aufgehen in", queryset=Tag.objects.order_by("name"),
        help_text="Alle Seiten erhalten dieses Schlagwort; das andere verschwindet.",
    )  # fmt: skip


class MergeView(WagtailAdminTemplateMixin, FormView[MergeForm]):
    """Let one tag become another one."""

    form_class = MergeForm
    template_name = "core/screens/merge_tag.html"
    page_title = "Schlagwort zusammenführen"
    header_icon = "tag"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_perm("core.delete_tag"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def tag(self) -> Tag:
        return get_object_or_404(Tag, pk=self.kwargs["pk"])

    def get_form(self, form_class: Any = None) -> MergeForm:
        form = super().get_form(form_class)
        target = form.fields["target"]
        if isinstance(target, forms.ModelChoiceField):
            target.queryset = Tag.objects.exclude(pk=self.tag.pk).order_by("name")
        return form

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse(f"{NAME}:index"), "label": "Schlagwörter"},
            {"url": "", "label": "Zusammenführen", "sublabel": self.tag.name},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "tag": self.tag, "pages": self.tag.page_tags.count()}

    def form_valid(self, form: MergeForm) -> HttpResponse:
        target = form.cleaned_data["target"]
        name = self.tag.name
        services.merge_tags(target=target, others=[self.tag])
        log(instance=target, action="core.tag.merge", user=self.request.user, data={"merged": name})
        messages.success(self.request, f"„{name}“ ist in „{target.name}“ aufgegangen.")
        return redirect(f"{NAME}:index")


class _TagIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Tag]:
        return Tag.objects.annotate(pages=Count("page_tags")).order_by("name")

    def get_list_more_buttons(self, instance: Tag) -> list[Any]:
        buttons = super().get_list_more_buttons(instance)
        if self.user_has_permission("delete"):
            url = reverse(f"{NAME}:merge", args=[instance.pk])
            buttons.append(MenuItem("Zusammenführen", url=url, icon_name="resubmit", priority=15))
        return list(buttons)


class TagViewSet(ModelViewSet):
    model = Tag
    icon = "tag"
    name = NAME
    url_prefix = "schlagwoerter"
    menu_label = "Schlagwörter"
    menu_order = 450
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = _TagIndexView
    list_display = ["name", Column("slug", label="Adresse"), Column("pages", label="Seiten", sort_key="pages")]
    search_fields = ["name", "slug"]
    search_backend_name = None
    list_per_page = 100

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[Tag]]:
        return TagForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("zusammenfuehren/<int:pk>/", MergeView.as_view(), name="merge")]
