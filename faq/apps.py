from django.apps import AppConfig


class FaqConfig(AppConfig):
    name = "faq"
    verbose_name = "Fragen und Antworten"

    def ready(self) -> None:
        from faq.queries import questions_of_topic
        from knowledge.listings import register_topic_list

        register_topic_list("questions", questions_of_topic)
