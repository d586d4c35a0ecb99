from django.apps import AppConfig


class BenchConfig(AppConfig):
    """Installed by portal.settings.bench only: a bare Wagtail page to compare with."""

    name = "tests.bench"
    label = "bench"
