"""The address of every page; included last, for it takes whatever nobody else has taken."""

from django.urls import URLPattern, URLResolver, re_path

from portal.home import views

urlpatterns: list[URLPattern | URLResolver] = [
    # Wagtail's own pattern, except its forms under _util/, which come after it.
    re_path(r"^(?!_util/)((?:[\w-]+/)*)$", views.page, name="page"),
]
