from django.urls import include, path

from portal.core import views
from portal.core.experts.views import draft as expert_draft
from portal.core.experts.views import draft_file as expert_file
from portal.core.subscriptions.as_markdown import subscribe as subscribe_as_markdown

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("media/<path:path>", views.media, name="media"),
    path("entwurf/<str:token>/", expert_draft, name="expert_draft"),
    path("entwurf/<str:token>/datei/<int:pk>/", expert_file, name="expert_file"),
    path("abonnieren.md", subscribe_as_markdown, name="subscribe_markdown"),
    path("abonnieren/", include("portal.core.subscriptions.urls")),
]
