"""Wagtail's other places that would take a password: front-end login, shared passwords of pages and files."""

from django.urls import URLPattern, URLResolver, path, re_path

from portal.accounts import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("_util/login/", views.to_login, name="wagtailcore_login"),
    re_path(r"^_util/authenticate_with_password/.*$", views.gone),
    re_path(r"^dokumente/authenticate_with_password/.*$", views.gone),
]
