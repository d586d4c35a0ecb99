from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    verbose_name = "Wissen"

    def ready(self) -> None:
        from knowledge import (
            search_registration,
            signals,  # noqa: F401 - registering is its effect
        )
        from knowledge.content_io.kinds import register_kinds

        search_registration.register()
        register_kinds()
