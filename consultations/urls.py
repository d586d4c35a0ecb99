from django.urls import URLPattern, URLResolver, path

from consultations import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("kontakt/", views.contact, name="contact"),
    path("kontakt/gesendet/", views.contact_sent, name="contact_sent"),
    path("barriere-melden/", views.report_barrier, name="report_barrier"),
    path("barriere-melden/gesendet/", views.barrier_reported, name="barrier_reported"),
]
