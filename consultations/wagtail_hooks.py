"""What advice adds to Wagtail's admin: the desk, its menu, the calendar, the names of rights."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.viewsets.model import ModelViewSetGroup

from consultations.desk import (
    appointments,
    board,
    case_page,
    export_page,
    faq_page,
    figures,
    file_page,
    intake,
    minutes_page,
    rights,
    sessions,
    task_page,
    town_invitations,
    towns,
)
from consultations.desk.templates_admin import MinutesTemplateViewSet
from consultations.screens import incoming_mails, mail_queue, mail_texts, own_calendar, privacy
from consultations.screens.absences import AbsenceViewSet
from consultations.screens.advisers import AdviserViewSet
from consultations.screens.formats import ClosureViewSet, FormatViewSet
from consultations.statistics import views as statistics
from portal.core.review.people import groups_of

ADVISERS = "Beratung"


class _OwnCalendarItem(MenuItem):
    """The adviser's own calendar: for advisers and for who sees to their times."""

    def __init__(self) -> None:
        address = reverse("consultations_own_calendar")
        super().__init__(own_calendar.TITLE, address, name="own_calendar", icon_name="calendar-alt", order=5)

    def is_shown(self, request: HttpRequest) -> bool:
        return own_calendar.may_use(request.user)


class CalendarGroup(ModelViewSetGroup):
    """Formats, advisers and their times: kept also while advice is not offered yet."""

    menu_label = "Kalender"
    menu_icon = "calendar-check"
    menu_order = 141
    items = (AdviserViewSet, AbsenceViewSet, FormatViewSet, ClosureViewSet)

    def get_submenu_items(self) -> list[MenuItem]:
        return [*super().get_submenu_items(), _OwnCalendarItem()]


@hooks.register("register_admin_viewset")
def register_viewsets() -> CalendarGroup:
    return CalendarGroup()


@hooks.register("register_admin_urls")
def desk_urls() -> list[URLPattern]:
    desk = board.DeskView
    return [
        *sessions.urls(),
        path("beratung/", desk.as_view(), name="consultations_desk"),
        path("beratung/ergebnisse/", desk.as_view(results_only=True), name="consultations_desk_results"),
        path("beratung/aufnehmen/", intake.take_down, name="consultations_intake"),
        path("beratung/zahlen/", figures.show, name="consultations_figures"),
        path("beratung/statistik/", statistics.show, name="consultations_statistics"),
        path("beratung/statistik/alle.xlsx", statistics.as_xlsx, name="consultations_statistics_xlsx"),
        path("beratung/statistik/<slug:key>.csv", statistics.as_csv, name="consultations_statistics_csv"),
        path("beratung/meine-zahlen/", statistics.show_own, name="consultations_own_figures"),
        path("beratung/protokoll/<int:pk>/faq/", faq_page.propose, name="consultations_faq_new"),
        path("beratung/faq/<int:pk>/", faq_page.check, name="consultations_faq"),
        path("beratung/kommunen/", towns.overview, name="consultations_towns"),
        path("beratung/kommunen/<int:pk>/", towns.show, name="consultations_town"),
        path("beratung/kommunen/<int:pk>/einladen/", town_invitations.invite, name="consultations_town_invite"),
        path("beratung/vorgang/<int:pk>/", case_page.show, name="consultations_case"),
        path("beratung/vorgang/<int:pk>/weiter/", case_page.advance, name="consultations_advance"),
        path("beratung/vorgang/<int:pk>/termin/", appointments.book, name="consultations_book"),
        path("beratung/vorgang/<int:pk>/vorschlag/", appointments.propose, name="consultations_propose"),
        path("beratung/vorgang/<int:pk>/protokoll/", minutes_page.write, name="consultations_minutes_new"),
        path("beratung/vorgang/<int:pk>/seite/<int:page>/entfernen/", case_page.unlink_page,
             name="consultations_unlink"),
        path("beratung/vorgang/<int:pk>/export/", export_page.show, name="consultations_export"),
        path("beratung/vorgang/<int:pk>/export/datei/", export_page.download, name="consultations_export_file"),
        path("beratung/vorgang/<int:pk>/export/uebergabe/", export_page.hand_over,
             name="consultations_handed_over"),
        path("beratung/vorgang/<int:pk>/<slug:name>/", case_page.step, name="consultations_step"),
        path("beratung/protokoll/<int:pk>/", minutes_page.edit, name="consultations_minutes"),
        path("beratung/aufgabe/<int:pk>/", task_page.change, name="consultations_task"),
        path("beratung/aufgabe/<int:pk>/erledigt/", task_page.finish, name="consultations_task_done"),
        path("beratung/aufgabe/<int:pk>/entfaellt/", task_page.drop, name="consultations_task_drop"),
        path("beratung/aufgabe/<int:pk>/offen/", task_page.reopen, name="consultations_task_reopen"),
        path("beratung/datei/<int:pk>/", case_page.download, name="consultations_file"),
        path("beratung/datei/<int:pk>/entfernen/", file_page.remove, name="consultations_file_remove"),
        path("beratung/datei/<int:pk>/intern/", file_page.make_internal, name="consultations_file_internal"),
        path("beratung/termin/<int:pk>/festhalten/", appointments.mark, name="consultations_mark"),
        path("beratung/termin/<int:pk>/<slug:name>/", appointments.change, name="consultations_appointment"),
    ]  # fmt: skip


class _DeskItem(MenuItem):
    """A screen of the desk, while advice is open and for who has the right."""

    def __init__(self, label: str, url: str, permission: str, *, inside: bool = True, **kwargs: Any) -> None:
        self.permission, self.inside = permission, inside
        super().__init__(label, url, **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        if not settings.CONSULTATIONS_OPEN or not request.user.has_perm(self.permission):
            return False
        return not self.inside or not rights.is_from_outside(request.user)


class _OwnFiguresItem(_DeskItem):
    """One's own figures, for who advises and while such figures are kept; a menu asks the database nothing."""

    def is_shown(self, request: HttpRequest) -> bool:
        advises = settings.STAFF_FIGURES and ADVISERS in groups_of(request.user)
        return advises and super().is_shown(request)


@hooks.register("register_admin_urls")
def privacy_urls() -> list[URLPattern]:
    return [*privacy.urls(), *own_calendar.urls()]


def _items() -> list[MenuItem]:
    def item(label: str, name: str, permission: str, icon: str, order: int, **kwargs: Any) -> MenuItem:
        return _DeskItem(label, reverse(name), permission, name=name, icon_name=icon, order=order, **kwargs)

    return [
        item("Vorgänge", "consultations_desk", rights.VIEW, "group", 10, inside=False),
        item("Anliegen aufnehmen", "consultations_intake", rights.ADD, "plus", 20),
        item(sessions.TITLE, "consultations_groups", rights.WORK, "calendar-alt", 25),
        item("Kommunen der Beratung", "consultations_towns", rights.VIEW, "home", 30),
        item("Zahlen", "consultations_figures", rights.FIGURES, "table", 40),
        item("Statistik", "consultations_statistics", rights.FIGURES, "table", 42),
        _OwnFiguresItem(
            statistics.OWN_TITLE,
            reverse("consultations_own_figures"),
            rights.VIEW,
            inside=False,
            name="consultations_own_figures",
            icon_name="user",
            order=44,
        ),
        item(
            "Protokollvorlagen", "minutes_templates:index", "consultations.change_minutestemplate", "doc-empty", 50
        ),
        item(privacy.RECORD, "consultations_record", privacy.RIGHT, "lock", 80),
        item(privacy.KEEPING, "consultations_keeping", privacy.RIGHT, "lock", 81),
        item("E-Mail-Vorlagen", "consultations_mail_texts", mail_texts.CHANGE, "mail", 60),
        item(incoming_mails.TITLE, "consultations_incoming", rights.WORK, "mail", 68),
        item("E-Mails der Vorgänge", "consultations_mails", rights.ASSIGN, "mail", 70),
    ]


@hooks.register("register_admin_menu_item")
def desk_menu() -> MenuItem:
    return SubmenuMenuItem("Beratung", Menu(items=_items()), name="beratung", icon_name="group", order=140)


@hooks.register("register_admin_viewset")
def minutes_templates() -> MinutesTemplateViewSet:
    return MinutesTemplateViewSet()


@hooks.register("register_permissions")
def desk_permissions() -> QuerySet[Permission]:
    names = [
        "own_times",
        "view_case",
        "add_case",
        "change_case",
        "assign_case",
        "read_case_figures",
        "keep_records",
        "change_mailtext",
    ]
    return Permission.objects.filter(content_type__app_label="consultations", codename__in=names)


hooks.register("register_page_header_buttons", faq_page.page_button)


@hooks.register("register_admin_urls")
def mailing_urls() -> list[URLPattern]:
    return [
        path("beratung/vorlagen/", mail_texts.index, name="consultations_mail_texts"),
        path("beratung/vorlagen/<slug:kind>/", mail_texts.edit, name="consultations_mail_text"),
        *incoming_mails.urls(),
        path("beratung/mails/", mail_queue.show, name="consultations_mails"),
        path("beratung/mails/<int:pk>/erneut/", mail_queue.retry, name="consultations_mail_retry"),
    ]
