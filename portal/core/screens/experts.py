"""Outside experts in the admin: invite, see what they said, withdraw; and what is open over all pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.models import Page

from portal.core.experts import queries, services
from portal.core.experts.forms import InvitationForm
from portal.core.experts.services import ExpertRefused
from portal.core.models import BasePage, ExpertInvitation
from portal.core.review import people
from portal.core.review.queries import open_reviews

LENGTH = 100
TITLE = "Externe Fachleute"


class ExpertsView(WagtailAdminTemplateMixin, FormView[InvitationForm]):
    """The experts of one page, and the form to ask another one."""

    form_class = InvitationForm
    template_name = "core/screens/experts.html"
    page_title = TITLE
    header_icon = "group"

    @cached_property
    def page(self) -> Any:
        return get_object_or_404(Page.objects.all(), pk=self.kwargs["pk"]).specific

    @cached_property
    def name(self) -> str:
        return str(self.page.get_admin_display_title())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not people.may_invite(request.user) or not isinstance(self.page, BasePage):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return self.name

    def edit_url(self) -> str:
        """Return the page's form, for those who may open it."""
        if not self.page.permissions_for_user(self.request.user).can_edit():
            return ""
        return reverse("wagtailadmin_pages:edit", args=[self.page.pk])

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": "", "label": TITLE, "sublabel": self.name}
        between = [{"url": self.edit_url(), "label": self.name}] if self.edit_url() else []
        return [*self.breadcrumbs_items, *between, here]

    def form_valid(self, form: InvitationForm) -> HttpResponse:
        data = form.cleaned_data
        try:
            services.invite(
                page=self.page, name=data["name"], email=data["email"], purpose=data["purpose"],
                user=self.request.user, expires_at=form.expires_at(),
            )  # fmt: skip
        except ExpertRefused as error:
            form.add_error(None, str(error))
            return self.render_to_response(self.get_context_data(form=form))
        messages.success(self.request, f"Die Einladung an {data['name']} geht gleich per E-Mail hinaus.")
        return redirect("page_experts", self.page.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "opinions": queries.opinions(self.page),
            "can_revoke": True,
            "edit_url": self.edit_url(),
        }


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """End an invitation at once."""
    if not people.may_invite(request.user):
        raise PermissionDenied
    invitation = get_object_or_404(ExpertInvitation.objects.select_related("page"), pk=pk)
    services.revoke(invitation=invitation, user=request.user)
    messages.success(request, "Die Einladung ist zurückgezogen. Der Link öffnet den Entwurf nicht mehr.")
    return redirect("page_experts", invitation.page_id)


class OpenInvitationsView(WagtailAdminTemplateMixin, TemplateView):
    """All invitations that still hold, and the pages under review one may ask about."""

    template_name = "core/screens/expert_list.html"
    page_title = TITLE
    header_icon = "group"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not people.may_invite(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        return [*self.breadcrumbs_items, {"url": "", "label": TITLE}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        running = ExpertInvitation.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
        counted = running.annotate(
            said=Count("comments", distinct=True), voted=Count("votes", distinct=True)
        ).select_related("page")
        pages = [
            {"pk": int(state.revision.object_id), "title": state.revision.object_str}
            for state in open_reviews()[:LENGTH]
            if issubclass(state.revision.content_type.model_class() or object, BasePage)
        ]
        return {**super().get_context_data(**kwargs), "invitations": counted[:LENGTH], "pages": pages}
