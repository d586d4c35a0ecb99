from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "portal.dashboard"
    label = "dashboard"
    verbose_name = "Übersicht"

    def ready(self) -> None:
        from portal.dashboard import figures

        figures.register_all()
