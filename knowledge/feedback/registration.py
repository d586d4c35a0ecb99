"""What the feedback tells the rest of the portal: a kind of work, figures, a report."""

from __future__ import annotations

from knowledge.feedback.report import countings, figures
from knowledge.feedback.services import FEEDBACK_KIND
from portal.core import dashboard, work


def register() -> None:
    work.register_kind(FEEDBACK_KIND, "Rückmeldung zu einer Seite", team="Redaktion")
    dashboard.register_counted("feedback", countings, figures, order=15, permission="core.view_workitem")
