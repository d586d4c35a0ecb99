from django.urls import URLPattern, URLResolver, path

from search import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.results, name="search"),
    path("vorschlaege/", views.suggestions, name="search_suggest"),
]
