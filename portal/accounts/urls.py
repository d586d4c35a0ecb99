"""The account pages: allauth's views under German addresses."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions import views as sessions
from django.urls import URLPattern, URLResolver, include, path, re_path

from portal.accounts import confirm_view, data_views, joining_views, sign_on, subscription_views, views

second_factor: list[URLPattern | URLResolver] = [
    path("", mfa.index, name="mfa_index"),
    path("pruefen/", mfa.authenticate, name="mfa_authenticate"),
    path("bestaetigen/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("app/", totp.activate_totp, name="mfa_activate_totp"),
    path("app/entfernen/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("wiederherstellungscodes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("wiederherstellungscodes/neu/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(
        "wiederherstellungscodes/herunterladen/", codes.download_recovery_codes, name="mfa_download_recovery_codes"
    ),
    path("schluessel/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("schluessel/neu/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("schluessel/anmelden/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("schluessel/bestaetigen/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("schluessel/<int:pk>/bearbeiten/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("schluessel/<int:pk>/entfernen/", views.remove_webauthn, name="mfa_remove_webauthn"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("dienst/<slug:provider_id>/", sign_on.login, name="openid_connect_login"),
    path("dienst/<slug:provider_id>/zurueck/", sign_on.callback, name="openid_connect_callback"),
    path("", views.account_start, name="account_start"),
    path("anmelden/", account.login, name="account_login"),
    path("abmelden/", account.logout, name="account_logout"),
    path("gesperrt/", account.account_inactive, name="account_inactive"),
    path("registrieren/", account.signup, name="account_signup"),
    path("bestaetigen/", account.reauthenticate, name="account_reauthenticate"),
    path("e-mail/", account.email, name="account_email"),
    path("e-mail/bestaetigen/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^e-mail/bestaetigen/(?P<key>[-:\w]+)/$", confirm_view.confirm_email, name="account_confirm_email"),
    path("passwort/", account.password_change, name="account_change_password"),
    path("passwort/festlegen/", account.password_set, name="account_set_password"),
    path("passwort/vergessen/", account.password_reset, name="account_reset_password"),
    path("passwort/vergessen/gesendet/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^passwort/neu/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("passwort/neu/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("abos/", subscription_views.account_subscriptions, name="account_subscriptions"),
    path("profil/", data_views.profile, name="account_profile"),
    path("kommune/anfragen/", joining_views.ask, name="membership_request"),
    path("kommune/bestaetigung/anfordern/", joining_views.send_renewal, name="membership_renewal_mail"),
    path("kommune/bestaetigung/<str:token>/", joining_views.renew, name="membership_renewal"),
    path("kommune/zugehoerigkeit/<int:pk>/beenden/", joining_views.end, name="membership_end"),
    path(
        "kommune/zugehoerigkeit/<int:pk>/verwaltung/",
        joining_views.ask_for_administration,
        name="membership_administration",
    ),
    path("kommune/<slug:slug>/personen/", joining_views.people, name="municipality_people"),
    path("kommune/<slug:slug>/personen/<int:pk>/", joining_views.decide, name="membership_decide"),
    path("daten/", data_views.data, name="account_data"),
    path("daten/export/", data_views.export, name="account_export"),
    path("daten/loeschen/", data_views.delete, name="account_delete"),
    path("sitzungen/<int:pk>/beenden/", data_views.end_session, name="session_end"),
    path("sitzungen/", sessions.list_usersessions, name="usersessions_list"),
    path("zweiter-faktor/", include(second_factor)),
]
