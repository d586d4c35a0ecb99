"""The centre's side of a contact: one person deletes it at once, without a release."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from knowledge.models import ArticlePage
from knowledge.reports.services import remove_contact
from portal.accounts.queries import acting_user


class RemoveContactView(WagtailAdminTemplateMixin, TemplateView):
    """Ask once, then delete name and address in the page and in all its versions."""

    template_name = "knowledge/reports/remove_contact.html"
    page_title = "Kontakt löschen"
    header_icon = "user"

    @cached_property
    def page(self) -> ArticlePage:
        return get_object_or_404(ArticlePage, pk=self.kwargs["page_id"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not self.page.permissions_for_user(request.user).can_edit():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        form = {"url": reverse("wagtailadmin_pages:edit", args=[self.page.pk]), "label": str(self.page)}
        here = {"url": "", "label": self.page_title, "sublabel": str(self.page)}
        return [*self.breadcrumbs_items, form, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "page": self.page}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        remove_contact(page=self.page, actor=acting_user(request))
        messages.success(request, f"Der Kontakt ist an „{self.page.title}“ und in allen ihren Fassungen gelöscht.")
        return redirect(reverse("wagtailadmin_pages:edit", args=[self.page.pk]))


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    address = "praxisberichte/<int:page_id>/kontakt/"
    return [path(address, RemoveContactView.as_view(), name="knowledge_report_contact")]
