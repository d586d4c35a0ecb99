from django.urls import URLPattern, URLResolver, path

from portal.core.subscriptions import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.subscribe, name="subscribe"),
    path("angefordert/", views.requested, name="subscription_requested"),
    path("bestaetigen/<str:token>/", views.confirm, name="subscription_confirm"),
    path("verwalten/", views.request_link, name="subscription_request_link"),
    path("verwalten/gesendet/", views.link_sent, name="subscription_link_sent"),
    path("verwalten/<str:token>/", views.manage, name="subscription_manage"),
    path("abmelden/<str:token>/", views.unsubscribe, name="subscription_unsubscribe"),
    path("beendet/", views.ended, name="subscription_ended"),
]
