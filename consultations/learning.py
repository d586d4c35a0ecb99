"""What learning from cases registers with the portal, when the apps are ready."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from wagtail.admin.admin_url_finder import register_admin_url_finder
from wagtail.signals import page_published

from consultations.desk import rights
from consultations.models import Case, FaqDraft, GroupSession
from consultations.services import alerts, faq_drafts
from faq.models import QuestionPage
from portal.accounts.models import User
from portal.core import audit, schedule, work
from portal.core.backup import afterwards

ACTIONS = {
    "case.faq_propose": "FAQ-Entwurf geschrieben", "case.faq_confirm": "FAQ-Entwurf bestätigt",
    "case.faq_return": "FAQ-Entwurf zurückgegeben", "case.faq_drop": "FAQ-Entwurf verworfen",
    "case.faq_live": "Frage aus der Beratung veröffentlicht",
    "case.rating": "Beratung bewertet", "case.escalate": "Überfälliger Vorgang gemeldet",
}  # fmt: skip


class _CaseFinder:
    """Where somebody opens a case in the admin, if they may."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user

    def get_edit_url(self, instance: Case) -> str | None:
        allowed = self.user is None or rights.scope(self.user).filter(pk=instance.pk).exists()
        return reverse("consultations_case", args=[instance.pk]) if allowed else None


class _DraftFinder(_CaseFinder):
    """The same for what minutes become."""

    def get_edit_url(self, instance: FaqDraft) -> str | None:  # type: ignore[override]  # another kind of row
        user = self.user
        allowed = user is None or (user.has_perm(rights.WORK) and not rights.is_external(user))
        return faq_drafts.url_of(instance) if allowed else None


class _SessionFinder(_CaseFinder):
    """The same for group sessions."""

    def get_edit_url(self, instance: GroupSession) -> str | None:  # type: ignore[override]  # another kind of row
        user = self.user
        allowed = user is None or (user.has_perm(rights.WORK) and not rights.is_external(user))
        return reverse("consultations_group", args=[instance.pk]) if allowed else None


def register() -> None:
    """Called when the app is ready."""
    for action, label in ACTIONS.items():
        audit.register_action(action, label)
    afterwards.register(alerts.hold_overdue)
    work.register_kind(faq_drafts.CHECK_KIND, "FAQ-Entwurf gegenlesen", team="Beratung")
    work.register_kind(faq_drafts.RETURN_KIND, "FAQ-Entwurf überarbeiten", team="Beratung")
    work.register_kind(faq_drafts.EDIT_KIND, "Frage aus der Beratung", team="Redaktion")
    work.register_kind(alerts.OVERDUE_KIND, "Antwort überfällig", team=alerts.TEAM)
    work.register_kind(alerts.LINK_KIND, "Videolink fehlt", team="Beratung")
    for kind in (faq_drafts.CHECK_KIND, faq_drafts.RETURN_KIND):
        work.register_entry(kind, faq_drafts.entry_of)
    work.register_entry(alerts.OVERDUE_KIND, alerts.entry_of)
    work.register_entry(alerts.LINK_KIND, alerts.without_link_of)
    register_admin_url_finder(Case, _CaseFinder)
    register_admin_url_finder(FaqDraft, _DraftFinder)
    register_admin_url_finder(GroupSession, _SessionFinder)
    page_published.connect(faq_drafts.on_published, sender=QuestionPage, dispatch_uid="faq_of_advice")
    hour = timedelta(hours=1)
    schedule.register("advice_alerts", hour, alerts.look, title="Überfällige Vorgänge und fehlende Videolinks")
    schedule.register("advice_faq_live", hour, faq_drafts.tell_all, title="Fragen aus der Beratung melden")
