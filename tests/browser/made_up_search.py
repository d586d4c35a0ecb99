"""Rules and counts of the search for the screens of the admin; imports wait until Django is set up."""

from __future__ import annotations

from datetime import timedelta


def make_rule() -> int:
    """A rule of the search with two versions."""
    from search.models import SteeringRule
    from search.steering import services

    count_searches()
    rule = SteeringRule.objects.filter(kind="equal").first() or SteeringRule(kind="equal", words="Perso\nAusweis")
    services.save_rule(rule=rule, actor=None)
    rule.words = "Perso\nAusweis\nPersonalausweis"
    return int(services.save_rule(rule=rule, actor=None).pk)


def count_searches() -> None:
    """Searches of three weeks, one of them dealt with, and a result."""
    from django.utils import timezone

    from portal.core import work
    from search.models import ResultDay, SearchDay

    today = timezone.localdate()
    for number, text in enumerate(("Wohngeldantrag", "Registermodernisierung", "Personenstandsregister")):
        SearchDay.objects.get_or_create(
            day=today - timedelta(days=7 * number), normal=text.lower(), engine="embedded",
            defaults={
                "text": text, "count": 9, "nothing": 0 if number else 9, "hits": number * 5, "slow": number
            },
        )  # fmt: skip
    ResultDay.objects.get_or_create(day=today, key="article:1", defaults={"shown": 9, "top": 9})
    work.open_item(kind="search_article", title="Artikel schreiben", dedupe_key="wohngeldantrag")
