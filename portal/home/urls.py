from django.urls import URLPattern, URLResolver, path

from portal.home import demo

urlpatterns: list[URLPattern | URLResolver] = [
    path("bausteine/", demo.components, name="components"),
]
