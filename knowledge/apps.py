from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    verbose_name = "Wissen"

    def ready(self) -> None:
        from wagtail import hooks

        from knowledge import (
            search_registration,
            signals,  # noqa: F401 - registering is its effect
        )
        from knowledge.content_io.kinds import register_kinds
        from knowledge.content_io.views import offer_page
        from knowledge.law_import import REVIEW_ACT, REVIEW_LAW
        from knowledge.upkeep import registration
        from portal.core import work

        work.register_kind(REVIEW_ACT, "Neue Rechtsvorschrift")
        work.register_kind(REVIEW_LAW, "Geändertes Recht")
        registration.register()
        search_registration.register()
        register_kinds()
        hooks.register("on_serve_page", offer_page)
