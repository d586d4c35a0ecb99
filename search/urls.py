from django.urls import URLPattern, URLResolver, path

from search import as_markdown, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("suche.md", as_markdown.results, name="search_markdown"),
    path("suche/", views.results, name="search"),
    path("suche/warum/", views.why, name="search_why"),
    path("suche/vorschlaege/", views.suggestions, name="search_suggest"),
]
