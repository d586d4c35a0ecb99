from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"
    verbose_name = "Grundlagen"

    def ready(self) -> None:
        from portal.core import background, checks, context, generation, jobs, mail, signals  # noqa: F401 - registering is their effect
        from portal.core.subscriptions import start as subscriptions

        post_migrate.connect(generation.raise_after_migrate, sender=self)
        background.register_core_loops()
        jobs.register_all()
        subscriptions.register_all()
