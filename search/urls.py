from django.urls import URLPattern, URLResolver, path, re_path

from search import as_markdown, ranking_page, views
from search.api import views as api
from search.insight import clicks

urlpatterns: list[URLPattern | URLResolver] = [
    path("suche.md", as_markdown.results, name="search_markdown"),
    path("wie-die-suche-sortiert/", ranking_page.page, name="search_ranking"),
    path("wie-die-suche-sortiert.md", ranking_page.markdown, name="search_ranking_markdown"),
    path("suche/", views.results, name="search"),
    path("suche/warum/", views.why, name="search_why"),
    path("suche/geoeffnet/", clicks.opened, name="search_opened"),
    path("suche/vorschlaege/", views.suggestions, name="search_suggest"),
    path("api/v1/search", api.search, name="api_search"),
    path("api/v1/suggest", api.suggestions, name="api_suggest"),
    path("api/v1/openapi.json", api.description, name="api_description"),
    re_path(r"^api/", api.unknown, name="api_unknown"),
]
