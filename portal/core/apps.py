from django.apps import AppConfig, apps
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"
    verbose_name = "Grundlagen"

    def ready(self) -> None:
        from portal.core import (
            appendonly,
            audit_labels,
            audit_sources,
            background,
            checks,  # noqa: F401 - registering is the effect of these
            context,  # noqa: F401
            generation,
            jobs,
            mail,  # noqa: F401
            signals,  # noqa: F401
            tag_signals,  # noqa: F401
        )
        from portal.core.experts import start as experts
        from portal.core.review import checks as review_checks  # noqa: F401 - as above
        from portal.core.review import (
            expiry,
            guard,
            history,  # noqa: F401 - as above
            notes,
            notify,
            permissions,
            recording,  # noqa: F401
            rounds,
            setup,
        )
        from portal.core.screens import refused
        from portal.core.subscriptions import start as subscriptions

        permissions.install()
        guard.install()
        expiry.install()
        notes.install()
        refused.install()
        rounds.install()
        notify.connect()
        last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
        post_migrate.connect(setup.sync_after_migrate, sender=last, dispatch_uid="core-sync-review")
        post_migrate.connect(generation.raise_after_migrate, sender=self)
        post_migrate.connect(appendonly.create_triggers, sender=self)
        connection_created.connect(appendonly.offer_function)
        audit_sources.connect()
        audit_labels.register()
        background.register_core_loops()
        jobs.register_all()
        subscriptions.register_all()
        experts.register_all()
