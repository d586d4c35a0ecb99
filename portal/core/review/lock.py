"""The lock of an object under review: for everybody, with words that say who may end it."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.locks import WorkflowLock


class ReviewLock(WorkflowLock):
    """Nobody edits what is under review: what is approved is exactly what was read."""

    def for_user(self, user: Any) -> bool:
        return True

    def get_message(self, user: Any) -> SafeString:
        from portal.core.review import queries

        text = (
            "Diese Fassung liegt zur fachlichen Freigabe vor und ist für alle gesperrt. Zum Ändern kann sie "
            "zurückziehen, wer sie eingereicht oder an ihr geschrieben hat, sowie die Fachprüfung."
        )
        state = self.object.current_workflow_state
        try:
            url = reverse("review_decide", args=[state.pk, "zurueckziehen"])
        except (AttributeError, NoReverseMatch):
            return format_html("{}", text)
        if not queries.may_withdraw(state, user):
            return format_html("{}", text)
        return format_html('{} <a href="{}">Zurückziehen und bearbeiten</a>', text, url)

    def get_locked_by(self, user: Any, can_lock: bool = False) -> str:
        return "Gesperrt durch die fachliche Freigabe"

    def get_description(self, user: Any, can_lock: bool = False) -> str:
        return "Während der fachlichen Freigabe kann niemand ändern"

    def get_icon(self, user: Any, can_lock: bool = False) -> str:
        return "lock"
