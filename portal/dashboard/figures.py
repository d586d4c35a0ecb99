"""The first lines of the overview: work items, starter content, background jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from faq.models import QuestionPage
from knowledge.models import ArticlePage, TemplatePage
from portal.core import dashboard, schedule, work_figures
from portal.core.dashboard import Figure

TRUSTED_PAGES = (ArticlePage, QuestionPage, TemplatePage)


def register_all() -> None:
    dashboard.register("work", work_items, order=10, permission="core.view_workitem")
    dashboard.register("starter", starter_content, order=20)
    dashboard.register("jobs", overdue_jobs, order=90, permission="core.change_operator")


def work_items(user: Any) -> Iterable[Figure]:
    numbers = work_figures.counts(user)
    address = reverse("work_items:index")
    yield Figure(numbers["mine"], "offene Aufgaben für mich", f"{address}?state=open&owner=mine")
    yield Figure(numbers["open"], "offene Aufgaben insgesamt", f"{address}?state=open")
    if numbers["ownerless"]:
        yield Figure(numbers["ownerless"], "offene Aufgaben ohne Zuständige", f"{address}?state=open&owner=none")
    if numbers["overdue"]:
        yield Figure(numbers["overdue"], "überfällige Aufgaben", f"{address}?due=overdue", urgent=True)


def starter_content(user: Any) -> Iterable[Figure]:
    """Live starter content nobody here has reviewed yet, all kinds in one query."""
    querysets = [
        model.objects.filter(live=True, is_starter_content=True, reviewed_at=None).order_by().values("pk")
        for model in TRUSTED_PAGES
    ]
    count = querysets[0].union(*querysets[1:], all=True).count()
    if count:
        yield Figure(count, "Startinhalte, noch nicht fachlich geprüft")


def overdue_jobs(user: Any) -> Iterable[Figure]:
    names = schedule.overdue(timezone.now())
    if names:
        yield Figure(len(names), f"überfällige Hintergrundaufgaben ({', '.join(names)})", urgent=True)
