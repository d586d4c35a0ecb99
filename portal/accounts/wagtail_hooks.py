"""What accounts add to Wagtail's admin: menus, buttons, names of log entries."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button

from portal.accounts.municipalities_admin import MunicipalityGroup

LOG_ACTIONS = (
    ("accounts.invited", "Einladung gesendet", "Einladung gesendet"),
    ("accounts.rights_changed", "Rechte geändert", "Rollen oder Rechte geändert"),
    ("accounts.email_changed", "Adresse geändert", "E-Mail-Adresse geändert"),
    ("accounts.handed_over", "Übergeben", "Zuständigkeiten übergeben und Konto geschlossen"),
    ("accounts.membership_requested", "Zugehörigkeit beantragt", "Zugehörigkeit zu einer Kommune beantragt"),
    ("accounts.membership_confirmed", "Zugehörigkeit bestätigt", "Zugehörigkeit zu einer Kommune bestätigt"),
    ("accounts.membership_ended", "Zugehörigkeit beendet", "Zugehörigkeit zu einer Kommune beendet"),
    ("accounts.membership_asked", "Nach Zugehörigkeit gefragt", "Jährlich nach der Zugehörigkeit gefragt"),
    ("accounts.membership_renewed", "Zugehörigkeit bekräftigt", "Zugehörigkeit für ein Jahr bekräftigt"),
    ("accounts.membership_role", "Rolle in der Kommune geändert", "Rolle in einer Kommune geändert"),
    ("accounts.administration_requested", "Verwaltung beantragt", "Verwaltung des Zugangs beantragt"),
    ("accounts.administration_refused", "Verwaltung abgelehnt", "Verwaltung des Zugangs abgelehnt"),
    ("accounts.external_adviser", "Externe Beratung geändert", "Externe Beratung gegeben oder genommen"),
    ("accounts.exported", "Daten exportiert", "Eigene Daten exportiert"),
    ("accounts.erased", "Konto gelöscht", "Eigenes Konto gelöscht"),
    ("accounts.factor_reset_requested", "Zurücksetzen beantragt", "Zurücksetzen des zweiten Faktors beantragt"),
    ("accounts.factor_reset_declined", "Zurücksetzen abgelehnt", "Zurücksetzen des zweiten Faktors abgelehnt"),
    ("accounts.factor_reset_done", "Zweiter Faktor zurückgesetzt", "Zweiter Faktor zurückgesetzt"),
)


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    for action in LOG_ACTIONS:
        actions.register_action(*action)


@hooks.register("register_admin_viewset")
def register_viewsets() -> MunicipalityGroup:
    return MunicipalityGroup()


class _ResetMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_factorreset"))


@hooks.register("register_settings_menu_item")
def register_reset_menu_item() -> MenuItem:
    return _ResetMenuItem(
        "Zweiter Faktor", reverse("accounts_factor_resets"), icon_name="key", order=605, name="factor-resets"
    )


@hooks.register("register_user_listing_buttons")
def user_listing_buttons(user: Any, request_user: Any) -> list[Button]:
    buttons = []
    if user.is_active and request_user.has_perm("accounts.change_user"):
        buttons.append(
            Button(
                "Einladung senden", reverse("accounts_invite_again", args=[user.pk]), icon_name="mail", priority=40
            )
        )
    if user.pk != request_user.pk and request_user.has_perm("accounts.change_user"):
        buttons.append(
            Button(
                "Übergeben und deaktivieren",
                reverse("accounts_hand_over", args=[user.pk]),
                icon_name="user",
                priority=60,
            )
        )
    if user.pk != request_user.pk and request_user.has_perm("accounts.add_factorreset"):
        buttons.append(
            Button(
                "Zweiten Faktor zurücksetzen",
                reverse("accounts_factor_reset_new", args=[user.pk]),
                icon_name="key",
                priority=50,
            )
        )
    return buttons


@hooks.register("register_account_menu_item")
def account_menu_item(request: HttpRequest) -> dict[str, Any]:
    """Point from Wagtail's account page to the portal's own: password, address, second factor, sessions."""
    return {
        "label": "Anmeldung und Sicherheit",
        "url": reverse("mfa_index"),
        "help_text": "Zweiter Faktor, Passwort, E-Mail-Adresse und offene Sitzungen.",
    }
