"""All addresses of the portal. Order matters: own views first, Wagtail's pages last."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

handler400 = "portal.core.views.bad_request"

urlpatterns = [
    path("", include("portal.core.urls")),
    path("konto/", include("portal.accounts.urls")),
    path("", include("search.urls")),
    path("", include("consultations.urls")),
    path("", include("consultations.desk.urls")),
    path("", include("knowledge.urls")),
    path("", include("knowledge.content_io.urls")),
    path("", include("portal.home.urls")),
    path("", include("portal.accounts.guard_urls")),
    path("cms/", include("portal.accounts.cms_urls")),
    path("cms/", include(wagtailadmin_urls)),
    path("dokumente/", include(wagtaildocs_urls)),
    path("", include("portal.home.page_urls")),
    path("", include(wagtail_urls)),
]
