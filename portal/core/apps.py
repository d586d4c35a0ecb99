from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"
    verbose_name = "Grundlagen"

    def ready(self) -> None:
        from portal.core import (
            appendonly,
            audit_sources,
            background,
            checks,  # noqa: F401 - registering is the effect of these
            context,  # noqa: F401
            generation,
            jobs,
            mail,  # noqa: F401
            signals,  # noqa: F401
        )

        post_migrate.connect(generation.raise_after_migrate, sender=self)
        post_migrate.connect(appendonly.create_triggers, sender=self)
        audit_sources.connect()
        background.register_core_loops()
        jobs.register_all()
