from django.urls import URLPattern, URLResolver, path

from search import as_markdown, explaining, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("suche.md", as_markdown.results, name="search_markdown"),
    path("wie-die-suche-sortiert/", explaining.page, name="search_ranking"),
    path("wie-die-suche-sortiert.md", explaining.markdown, name="search_ranking_markdown"),
    path("suche/", views.results, name="search"),
    path("suche/vorschlaege/", views.suggestions, name="search_suggest"),
]
