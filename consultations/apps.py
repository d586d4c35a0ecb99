from django.apps import AppConfig


class ConsultationsConfig(AppConfig):
    name = "consultations"
    verbose_name = "Beratung"

    def ready(self) -> None:
        from consultations.services import BARRIER_KIND
        from portal.core.work import register_kind

        register_kind(BARRIER_KIND, "Gemeldete Barriere", team="Koordination")
