from django.urls import URLPattern, URLResolver, path

from consultations import as_markdown, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("kontakt.md", as_markdown.contact, name="contact_markdown"),
    path("barriere-melden.md", as_markdown.report_barrier, name="report_barrier_markdown"),
    path("kontakt/", views.contact, name="contact"),
    path("kontakt/gesendet/", views.contact_sent, name="contact_sent"),
    path("barriere-melden/", views.report_barrier, name="report_barrier"),
    path("barriere-melden/gesendet/", views.barrier_reported, name="barrier_reported"),
]
