from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    verbose_name = "Wissen"

    def ready(self) -> None:
        from knowledge import signals  # noqa: F401 - registering is its effect
