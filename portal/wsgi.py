"""WSGI entry point; production settings unless DJANGO_SETTINGS_MODULE says otherwise."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.base")
_portal = get_wsgi_application()

from search.warming import Warming  # noqa: E402 - only when the applications are loaded

application = Warming(_portal)
