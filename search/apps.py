from datetime import timedelta

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = "Suche"

    def ready(self) -> None:
        from portal.core import schedule
        from portal.core.background import register_loop
        from search import follower, signals  # noqa: F401 - registering is the effect of signals
        from search.insight import registration
        from search.semantic import work

        registration.register()
        register_loop("search", follower.loop, group="index")
        schedule.register(
            "search-prune-log",
            timedelta(days=1),
            follower.prune_log,
            title="Änderungsprotokoll der Suche kürzen",
            offset=timedelta(hours=3),
        )
        schedule.register(
            "search-vectors", timedelta(minutes=10), work.renew_vectors, title="Suche nach Bedeutung", slow=True
        )
