"""Correction notices: one person puts one on a live page and takes it off again, logged both times."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.models import Page

from portal.core.models import BasePage, CorrectionNotice
from portal.core.review import corrections, people
from portal.core.review.forms import CorrectionForm
from portal.core.screens import given_back

GONE = "Die Seite wurde inzwischen gelöscht. Der Korrekturhinweis ist nicht veröffentlicht."
OFFLINE = (
    "Die Seite wurde inzwischen offline genommen; niemand liest dort einen Hinweis. Er ist nicht veröffentlicht. "
    "Ändern Sie den Text der Seite selbst, bevor sie wieder online geht."
)
SAME = "Dieser Hinweis steht schon auf der Seite. Er wurde kein zweites Mal veröffentlicht."


def _allowed(user: Any, page: Any) -> bool:
    return people.may_correct(user) and bool(page.permissions_for_user(user).can_edit())


class CorrectionView(WagtailAdminTemplateMixin, FormView[CorrectionForm]):
    """Add a notice to a live page, and see those it has."""

    form_class = CorrectionForm
    template_name = "core/screens/correction.html"
    page_title = "Korrekturhinweis"
    header_icon = "warning"

    @cached_property
    def page(self) -> Any:
        """The page, live or not; None when it is gone."""
        found = Page.objects.filter(pk=self.kwargs["pk"]).first()
        return found.specific if found else None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.page is None or (request.method != "POST" and not self.page.live):
            if request.method == "POST":
                return given_back.answer(request, GONE, field="text")
            raise Http404
        if not isinstance(self.page, BasePage) or not _allowed(request.user, self.page):
            raise PermissionDenied
        if not self.page.live:
            back = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
            return given_back.answer(request, OFFLINE, field="text", back=back)
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return str(self.page)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        edit_url = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
        here = {"url": "", "label": self.page_title, "sublabel": str(self.page)}
        return [*self.breadcrumbs_items, {"url": edit_url, "label": str(self.page)}, here]

    def notices(self) -> QuerySet[CorrectionNotice]:
        return corrections.shown_on(self.page)

    def form_valid(self, form: CorrectionForm) -> HttpResponse:
        try:
            corrections.publish(page=self.page, text=form.cleaned_data["text"], user=self.request.user)
        except corrections.AlreadyShownError:
            messages.warning(self.request, SAME)
        except corrections.OfflineError:
            back = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
            return given_back.answer(self.request, OFFLINE, field="text", back=back)
        else:
            messages.success(self.request, "Der Korrekturhinweis steht jetzt auf der Seite.")
        return redirect("page_correction", self.page.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        edit_url = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
        return {**super().get_context_data(**kwargs), "notices": self.notices(), "edit_url": edit_url}


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Take a notice off its page."""
    notice = get_object_or_404(CorrectionNotice.objects.select_related("page"), pk=pk)
    if not _allowed(request.user, notice.page.specific):
        raise PermissionDenied
    corrections.withdraw(notice=notice, user=request.user)
    messages.success(request, "Der Korrekturhinweis ist zurückgenommen.")
    return redirect("page_correction", notice.page_id)
