"""The admin's lists of municipalities and memberships."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from portal.accounts.domains_admin import MailDomainViewSet
from portal.accounts.forms import MembershipForm
from portal.accounts.models import District, Membership, Municipality


class _MunicipalityIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Municipality]:
        confirmed = Count("memberships", filter=Q(memberships__state=Membership.State.CONFIRMED))
        return Municipality.objects.select_related("district").annotate(people=confirmed)


class MunicipalityViewSet(ModelViewSet):
    model = Municipality
    icon = "home"
    menu_label = "Kommunen"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = _MunicipalityIndexView
    form_fields = ["name", "official_name", "slug", "ags", "kind", "district", "size_class", "active"]
    list_display = [
        "name",
        Column("kind", label="Art", accessor="get_kind_display", sort_key="kind"),
        Column("district", label="Landkreis", sort_key="district__name"),
        Column("size_class", label="Größenklasse", accessor="get_size_class_display"),
        Column("people", label="Personen", sort_key="people"),
    ]
    list_filter = ["district", "kind", "size_class", "active"]
    search_fields = ["name", "official_name", "ags"]
    search_backend_name = None
    list_per_page = 50
    ordering = ["name"]


class DistrictViewSet(ModelViewSet):
    model = District
    icon = "site"
    menu_label = "Landkreise"
    add_to_reference_index = False
    copy_view_enabled = False
    form_fields = ["key", "name"]
    list_display = ["name", "key"]
    search_fields = ["name", "key"]
    search_backend_name = None
    list_per_page = 50
    ordering = ["name"]


class _ActingUser:
    request: HttpRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "acting_user": self.request.user}  # type: ignore[misc]

    def form_valid(self, form: forms.ModelForm[Membership]) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except ValidationError as error:  # somebody else has decided since the form was checked
            form.add_error(None, error)
            self.is_valid(form)  # type: ignore[attr-defined] # notes that it is not, as the views go on with it
            return self.form_invalid(form)  # type: ignore[attr-defined]


class _MembershipIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Membership]:
        return Membership.objects.select_related("user", "municipality")


class _MembershipCreateView(_ActingUser, generic.CreateView):
    pass


class _MembershipEditView(_ActingUser, generic.EditView):
    pass


def _yes(membership: Membership) -> str:
    return "ja" if membership.is_external_adviser else ""


class MembershipViewSet(ModelViewSet):
    """Memberships are never deleted here, only ended: the row is the record of who belonged where."""

    model = Membership
    icon = "group"
    menu_label = "Zugehörigkeiten"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = _MembershipIndexView
    add_view_class = _MembershipCreateView
    edit_view_class = _MembershipEditView
    list_display = [
        "user",
        Column("municipality", label="Kommune", sort_key="municipality__name"),
        Column("role", label="Rolle", accessor="get_role_display"),
        Column("state", label="Zustand", accessor="get_state_display", sort_key="state"),
        DateColumn("confirmed_at", label="Bestätigt am", sort_key="confirmed_at"),
        Column("is_external_adviser", label="Externe Beratung", accessor=_yes),
    ]
    list_filter = ["state", "role", "is_external_adviser"]
    search_fields = ["user__email", "user__first_name", "user__last_name", "municipality__name"]
    search_backend_name = None
    ordering = ["-created_at"]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[Membership]]:
        return MembershipForm


class _RequestsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_membership"))


class MunicipalityGroup(ModelViewSetGroup):
    menu_label = "Kommunen"
    menu_icon = "group"
    menu_order = 400
    items = (MunicipalityViewSet, MembershipViewSet, MailDomainViewSet, DistrictViewSet)

    def get_submenu_items(self) -> list[MenuItem]:
        """What waits for a decision stands first."""
        url = reverse("accounts_requests")
        first = _RequestsMenuItem("Anfragen", url, icon_name="inbox", order=0, name="requests")
        return [first, *super().get_submenu_items()]
