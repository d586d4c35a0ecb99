from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "portal.home"
    label = "home"
    verbose_name = "Startseite und Serviceseiten"

    def ready(self) -> None:
        from portal.home.content_io import register_kinds
        from portal.home.search_sources import EasyLanguageSource, SignLanguageSource, StandardSource
        from search.registry import registry

        for source in (StandardSource(), EasyLanguageSource(), SignLanguageSource()):
            registry.register_source(source)
        register_kinds()
