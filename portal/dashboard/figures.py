"""The first lines of the overview: work items, starter content, background jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from faq.models import QuestionPage
from knowledge.models import ArticlePage, DecisionHelpPage, TemplatePage
from portal.core import dashboard, schedule, work_figures
from portal.core.dashboard import Countings, Figure, Numbers

TRUSTED_PAGES = (ArticlePage, QuestionPage, TemplatePage, DecisionHelpPage)


def register_all() -> None:
    dashboard.register_counted(
        "work", work_figures.countings, work_items, order=10, permission="core.view_workitem"
    )
    dashboard.register_counted("starter", unreviewed_starter_content, starter_content, order=20)
    dashboard.register_counted("jobs", successful_runs, overdue_jobs, order=90, permission="core.change_operator")


def work_items(numbers: Numbers) -> Iterable[Figure]:
    address = reverse("work_items:index")
    yield Figure(
        numbers["mine"],
        "offene Aufgaben für mich",
        f"{address}?state=open&owner=mine",
        one="offene Aufgabe für mich",
    )
    yield Figure(
        numbers["open"], "offene Aufgaben insgesamt", f"{address}?state=open", one="offene Aufgabe insgesamt"
    )
    if numbers["ownerless"]:
        yield Figure(
            numbers["ownerless"],
            "offene Aufgaben ohne Zuständige",
            f"{address}?state=open&owner=none",
            one="offene Aufgabe ohne Zuständige",
        )
    if numbers["overdue"]:
        yield Figure(
            numbers["overdue"],
            "überfällige Aufgaben",
            f"{address}?due=overdue",
            urgent=True,
            one="überfällige Aufgabe",
        )


def unreviewed_starter_content(user: Any) -> Countings:
    """Live starter content nobody here has reviewed yet, by kind."""
    return {
        model._meta.label_lower: model.objects.filter(live=True, is_starter_content=True, reviewed_at=None)
        for model in TRUSTED_PAGES
    }


def starter_content(numbers: Numbers) -> Iterable[Figure]:
    count = sum(numbers.values())
    if count:
        yield Figure(
            count, "Startinhalte, noch nicht fachlich geprüft", one="Startinhalt, noch nicht fachlich geprüft"
        )


def successful_runs(user: Any) -> Countings:
    return schedule.recent_successes(timezone.now())


def overdue_jobs(numbers: Numbers) -> Iterable[Figure]:
    names = [name for name, successes in numbers.items() if not successes]
    if names:
        yield Figure(
            len(names),
            f"überfällige Hintergrundaufgaben ({', '.join(names)})",
            urgent=True,
            one=f"überfällige Hintergrundaufgabe ({names[0]})",
        )
