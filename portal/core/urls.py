from django.urls import include, path

from portal.core import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("media/<path:path>", views.media, name="media"),
    path("abonnieren/", include("portal.core.subscriptions.urls")),
]
