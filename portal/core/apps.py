from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"
    verbose_name = "Grundlagen"

    def ready(self) -> None:
        from portal.core import background, checks, context, generation, jobs, mail, signals  # noqa: F401 - registering is their effect

        background.register_core_loops()
        jobs.register_all()
