from django.apps import AppConfig


class FaqConfig(AppConfig):
    name = "faq"
    verbose_name = "Fragen und Antworten"

    def ready(self) -> None:
        from faq import signals  # noqa: F401 - connecting is its effect
        from faq.content_io import register_kinds
        from faq.models import QuestionPage
        from faq.queries import questions_of_topic, successor_errors
        from faq.search_sources import QuestionSource
        from knowledge.listings import register_topic_list
        from portal.core.review import validation as review
        from search.registry import registry

        register_topic_list("questions", questions_of_topic)
        registry.register_source(QuestionSource())
        register_kinds()
        review.register(QuestionPage, successor_errors)
