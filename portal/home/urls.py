from django.urls import URLPattern, URLResolver, path

from portal.home import demo, mail_files, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("bausteine/", demo.components, name="components"),
    path("demo/mails/", mail_files.show, name="demo_mails"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("opensearch.xml", views.opensearch, name="opensearch"),
]
