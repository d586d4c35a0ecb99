from datetime import timedelta

from django.apps import AppConfig
from django.conf import settings


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = "Suche"

    def ready(self) -> None:
        from portal.core import schedule
        from portal.core.background import register_loop
        from portal.core.models import SubjectKind
        from portal.core.subscriptions.registry import register_subject
        from search import checking, checks, follower, saved, signals  # noqa: F401 - registering is their effect
        from search.engines.embedded import index_version
        from search.insight import registration
        from search.semantic import work

        index_version()  # that of this process, whatever is unpacked over its files while it runs
        registration.register()
        register_loop("search", follower.loop, group="index")
        register_loop("search-check", checking.loop, group="slow")
        if settings.ELASTICSEARCH_URL:
            # Only here: the client and its query language take their time to load.
            from search import cluster_follower

            register_loop("search-cluster", cluster_follower.loop, group="index")
        schedule.register(
            "search-prune-log",
            timedelta(days=1),
            follower.prune_log,
            title="Änderungsprotokoll der Suche kürzen",
            offset=timedelta(hours=3),
        )
        register_subject(SubjectKind.SEARCH, saved.SavedSearches())
        schedule.register(
            "search-tidy-saved",
            timedelta(days=1),
            saved.tidy,
            title="Nicht mehr abonnierte Suchen löschen",
            offset=timedelta(hours=4),
        )
        schedule.register(
            "search-check",
            timedelta(days=1),
            checking.nightly,
            title="Suche mit der Datenbank vergleichen",
            offset=timedelta(hours=2),
            slow=True,
        )
        schedule.register(
            "search-vectors", timedelta(minutes=2), work.renew_vectors, title="Suche nach Bedeutung", slow=True
        )
