"""The schedule as people see it: each job's last run, and the processes that work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, StatusTagColumn, Table
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin

from portal.core import outbox, schedule, workers
from portal.core.models import ScheduledRun
from portal.core.schedule import JobState


def _moment(value: Any) -> str:
    return date_format(timezone.localtime(value), "d.m.Y H:i:s") if value else "–"


def interval_text(interval: timedelta) -> str:
    """Return an interval in German words."""
    for seconds, one, many in ((86400, "Tag", "Tage"), (3600, "Stunde", "Stunden"), (60, "Minute", "Minuten")):
        number, rest = divmod(int(interval.total_seconds()), seconds)
        if number and not rest:
            return f"alle {number} {many}" if number > 1 else f"jede {one}" if one != "Tag" else "täglich"
    return f"alle {int(interval.total_seconds())} Sekunden"


def _duration(state: JobState) -> str:
    if state.last is None or state.last.finished_at is None:
        return "–"
    seconds = (state.last.finished_at - state.last.started_at).total_seconds()
    return f"{seconds:.1f} s".replace(".", ",")


def _result(state: JobState) -> str:
    if state.overdue:
        return "Überfällig"
    return state.last.get_result_display() if state.last else "Noch nie gelaufen"


def _needs_attention(state: JobState) -> bool:
    return state.overdue or (state.last is not None and state.last.result == ScheduledRun.Result.FAILED)


class ScheduleView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Jobs, processes and the state of the outbox on one page."""

    model = ScheduledRun
    page_title = "Zeitplan und Hintergrundprozesse"
    header_icon = "time"
    template_name = "core/screens/schedule.html"
    any_permission_required = ["view"]
    job_columns = [
        Column("title", label="Aufgabe", accessor=lambda state: state.job.title),
        Column("interval", label="Abstand", accessor=lambda state: interval_text(state.job.interval)),
        Column("last", label="Letzter Lauf", accessor=lambda state: _moment(state.last and state.last.started_at)),
        Column("duration", label="Dauer", accessor=_duration),
        StatusTagColumn("result", label="Ergebnis", accessor=_result, primary=_needs_attention),
        Column("message", label="Meldung", accessor=lambda state: state.last.message if state.last else ""),
        Column("last_ok", label="Zuletzt erfolgreich", accessor=lambda state: _moment(state.last_ok)),
    ]
    worker_columns = [
        Column("group", label="Gruppe"),
        Column("name", label="Prozess"),
        Column("started_at", label="Läuft seit", accessor=lambda worker: _moment(worker.started_at)),
        Column("seen_at", label="Zuletzt gesehen", accessor=lambda worker: _moment(worker.seen_at)),
    ]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        states = schedule.states(now)
        alive = workers.alive(now)
        return {
            **super().get_context_data(**kwargs),
            "jobs": Table(self.job_columns, states, caption="Wiederkehrende Aufgaben"),
            "workers": Table(self.worker_columns, alive, caption="Hintergrundprozesse") if alive else None,
            "overdue": sum(state.overdue for state in states),
            "backlog": outbox.backlog(now),
        }
