"""Settings for `make bench`: production's code paths over plain HTTP, and a bare Wagtail page to compare with."""

from portal.settings.dev import *

INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench"]
DEMO = False
