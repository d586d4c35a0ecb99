from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    verbose_name = "Wissen"

    def ready(self) -> None:
        from wagtail import hooks

        from knowledge import (
            review,
            search_registration,
            signals,  # noqa: F401 - registering is its effect
            subscriptions,
        )
        from knowledge.content_io.kinds import register_kinds
        from knowledge.content_io.views import offer_page
        from knowledge.deadlines import registration as deadlines
        from knowledge.decisions import registration as decisions
        from knowledge.facts import registration as facts
        from knowledge.feedback import registration as feedback
        from knowledge.law_import import REVIEW_ACT, REVIEW_LAW
        from knowledge.links import registration as links
        from knowledge.reading import registration as reading
        from knowledge.reports import registration as reports
        from knowledge.role_pages import registration as role_pages
        from knowledge.upkeep import registration as upkeep
        from knowledge.visits import registration as visits
        from knowledge.word.staging import register_job
        from portal.core import work

        work.register_kind(REVIEW_ACT, "Neue Rechtsvorschrift", team="Fachprüfung")
        work.register_kind(REVIEW_LAW, "Geändertes Recht", team="Fachprüfung")
        facts.register()
        deadlines.register()
        decisions.register()
        feedback.register()
        reports.register()
        upkeep.register()
        links.register()
        reading.register()
        role_pages.register()
        visits.register()
        search_registration.register()
        review.register()
        register_kinds()
        register_job()
        subscriptions.register()
        hooks.register("on_serve_page", offer_page)
