from django.urls import URLPattern, URLResolver, path

from portal.home import demo, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("bausteine/", demo.components, name="components"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("opensearch.xml", views.opensearch, name="opensearch"),
]
