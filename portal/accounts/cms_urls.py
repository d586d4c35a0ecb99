"""Addresses under /cms/ that stand before Wagtail's own: nothing there accepts a password."""

from django.urls import URLPattern, URLResolver, path, re_path

from portal.accounts import domains_admin, leaving_views, requests_admin, reset_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.to_login, name="wagtailadmin_login"),
    re_path(r"^password_reset/.*$", views.to_password_reset),
    re_path(r"^bulk/accounts/user/.*$", views.gone),
    path("zweiter-faktor/", reset_views.overview, name="accounts_factor_resets"),
    path("zweiter-faktor/neu/<int:user_pk>/", reset_views.request_reset, name="accounts_factor_reset_new"),
    path("zweiter-faktor/<int:pk>/", reset_views.decide, name="accounts_factor_reset"),
    path("uebergabe/<int:user_pk>/", leaving_views.hand_over, name="accounts_hand_over"),
    path("anfragen/", requests_admin.overview, name="accounts_requests"),
    path("anfragen/<int:pk>/", requests_admin.decide, name="accounts_request_decide"),
    path("domains/uebernehmen/", domains_admin.upload, name="accounts_domains_import"),
    path("einladung/<int:user_pk>/", reset_views.invite_again, name="accounts_invite_again"),
]
