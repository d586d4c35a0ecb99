"""What a person does about a link: have it asked again, or take it to be fine until a day."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from knowledge.links import services
from knowledge.links.checking import check_again
from knowledge.links.forms import AcceptLinkForm
from knowledge.links.queries import places
from knowledge.links.work_items import sync_work_items
from knowledge.models import ExternalLink
from knowledge.upkeep.reports import day

CHANGE = "knowledge.change_externallink"


@require_POST
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a link asked by the background process: no request of ours waits for a foreign server."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    back = get_valid_next_url_from_request(request) or "knowledge_links"
    link = ExternalLink.objects.filter(pk=pk).first()
    if link is None:
        messages.info(request, "Der Link steht auf keiner Seite mehr. Es gibt nichts zu prüfen.")
        return redirect(back)
    check_again.enqueue(link.pk)
    messages.success(request, f"{link.url} wird jetzt geprüft. Das Ergebnis steht gleich in dieser Liste.")
    return redirect(back)


class AcceptLinkView(WagtailAdminTemplateMixin, FormView[AcceptLinkForm]):
    """Take a link to be fine until a day, having looked at it oneself."""

    form_class = AcceptLinkForm
    template_name = "knowledge/links/accept.html"
    page_title = "Link ist in Ordnung"
    header_icon = "link"

    @cached_property
    def link(self) -> ExternalLink:
        return get_object_or_404(ExternalLink, pk=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        report = {"url": reverse("knowledge_links"), "label": "Defekte Links"}
        return [*self.breadcrumbs_items, report, {"url": "", "label": self.page_title}]

    def form_valid(self, form: AcceptLinkForm) -> HttpResponse:
        until = form.cleaned_data["until"]
        try:
            services.accept(link=self.link, until=until, person=self.request.user)
        except services.AcceptanceError as error:
            form.add_error("until", str(error))
            return self.form_invalid(form)
        sync_work_items()
        messages.success(self.request, f"{self.link.url} gilt bis zum {day(until)} als in Ordnung.")
        return redirect("knowledge_links")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = places().filter(link=self.link)[:20]
        return {**super().get_context_data(**kwargs), "link": self.link, "places": found}
