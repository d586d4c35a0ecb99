"""What the advice module adds to Wagtail's admin."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks
from wagtail.admin.viewsets.model import ModelViewSetGroup

from consultations.screens.absences import AbsenceViewSet
from consultations.screens.advisers import AdviserViewSet
from consultations.screens.formats import ClosureViewSet, FormatViewSet


class AdviceGroup(ModelViewSetGroup):
    menu_label = "Beratung"
    menu_icon = "calendar-check"
    menu_order = 380
    items = (AdviserViewSet, AbsenceViewSet, FormatViewSet, ClosureViewSet)


@hooks.register("register_admin_viewset")
def register_viewsets() -> AdviceGroup:
    return AdviceGroup()


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    """Show the right on one's own times among those a group of one's own can have."""
    return Permission.objects.filter(content_type__app_label="consultations", codename="own_times")
