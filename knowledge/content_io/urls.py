from django.urls import URLPattern, URLResolver, re_path

from knowledge.content_io.views import markdown

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^(?P<path>[-a-zA-Z0-9_]+(?:/[-a-zA-Z0-9_]+)*)\.md$", markdown, name="markdown")
]
