from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from wagtail.users.apps import WagtailUsersAppConfig


class AccountsConfig(AppConfig):
    default = True
    name = "portal.accounts"
    label = "accounts"
    verbose_name = "Konten und Kommunen"

    def ready(self) -> None:
        from portal.accounts import (  # checks: registering is its effect
            centre_tasks,
            checks,  # noqa: F401
            duties,
            entries,
            left_work,
            memberships,
            own_parts,
            own_sections,
            request_figures,
            restored,
            signals,
        )
        from portal.accounts.roles import sync_after_migrate
        from portal.accounts.tasks import register_jobs
        from portal.core.backup import afterwards

        signals.connect()
        register_jobs()
        duties.register()
        entries.register()
        centre_tasks.register()
        memberships.register()
        own_parts.register()
        own_sections.register()
        request_figures.register()
        left_work.register()
        afterwards.register(restored.remind)
        # Permissions are made per app by post_migrate itself; the last app's signal finds all of them.
        last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
        post_migrate.connect(sync_after_migrate, sender=last, dispatch_uid="accounts-sync-roles")


class UsersAdminConfig(WagtailUsersAppConfig):
    """Wagtail's user administration with our forms."""

    default = False
    user_viewset = "portal.accounts.users_admin.PortalUserViewSet"
