from django.apps import AppConfig


class FaqConfig(AppConfig):
    name = "faq"
    verbose_name = "Fragen und Antworten"

    def ready(self) -> None:
        from faq.search_sources import QuestionSource
        from search.registry import registry

        registry.register_source(QuestionSource())
