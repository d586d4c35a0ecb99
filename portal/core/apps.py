from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"
    verbose_name = "Grundlagen"

    def ready(self) -> None:
        from portal.core import checks, context, generation, mail, signals  # noqa: F401 - registering is their effect
