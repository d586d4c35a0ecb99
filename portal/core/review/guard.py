"""The last net under every way to publish: a revision goes live by a release alone.

Wagtail's views ask for permission first and then publish with `skip_permission_checks`. This check cannot be
skipped: with a person it passes only inside a release, without a person (operator's commands, tests) only when the
revision is not a scheduled one, or a scheduled one that was released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.publish_page_revision import PublishPagePermissionError, PublishPageRevisionAction
from wagtail.actions.publish_revision import PublishPermissionError, PublishRevisionAction
from wagtail.actions.revert_to_page_revision import RevertToPageRevisionAction
from wagtail.actions.revert_to_revision import RevertToRevisionAction, RevertToRevisionPermissionError
from wagtail.actions.unpublish import UnpublishAction
from wagtail.models import LockableMixin, WorkflowMixin

Check = Callable[..., None]
_releasing: ContextVar[int | None] = ContextVar("revision_being_released", default=None)


@contextmanager
def releasing(revision: Any) -> Iterator[None]:
    """Let exactly this revision go live."""
    token = _releasing.set(revision.pk)
    try:
        yield
    finally:
        _releasing.reset(token)


def _is_released(revision: Any) -> bool:
    from portal.core.models import Release

    return Release.objects.filter(revision_id=revision.pk).exists()


def refusal(action: Any) -> str:
    """Return why a publishing action must not run; empty when it may."""
    if not isinstance(action.object, WorkflowMixin) or _releasing.get() == action.revision.pk:
        return ""
    if action.user is not None:
        return "Veröffentlicht wird nur nach der Freigabe durch eine zweite Person."
    if action.revision.approved_go_live_at is not None and not _is_released(action.revision):
        return "Diese geplante Fassung wurde nicht freigegeben."
    return ""


def _check(self: Any, skip_permission_checks: bool = False) -> None:
    reason = refusal(self)
    if reason:
        page = isinstance(self, PublishPageRevisionAction)
        raise (PublishPagePermissionError if page else PublishPermissionError)(reason)


def _unlocked(check: Check) -> Check:
    """Put the lock before the check of an action that makes a new version: Wagtail asks it in forms alone."""

    def ask(self: Any, skip_permission_checks: bool = False) -> None:
        subject = getattr(self.instance, "specific", self.instance)
        lock = subject.get_lock() if self.user is not None and isinstance(subject, LockableMixin) else None
        if lock is not None and lock.for_user(self.user):
            raise RevertToRevisionPermissionError("Diese Seite ist gesperrt. Heben Sie zuerst die Sperre auf.")
        check(self, skip_permission_checks)

    return ask


def _copiers_own(copy: Callable[..., Any]) -> Callable[..., Any]:
    """Let a copy be the work of who makes it: at another place the words of others are nobody else's decision.

    Wagtail copies the revisions with the people who saved them, and a page below the copied one counts as
    unchanged: whoever copied it could release it alone.
    """

    def copied(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = copy(self, *args, **kwargs)
        if self.user is not None:
            made.revisions.update(user=self.user)
        return made

    return copied


def install() -> None:
    """Replace the checks of Wagtail's publishing actions; called when the apps are ready."""
    RevertToPageRevisionAction.check = _unlocked(RevertToPageRevisionAction.check)
    RevertToRevisionAction.check = _unlocked(RevertToRevisionAction.check)
    PublishRevisionAction.check = _check
    PublishPageRevisionAction.check = _check
    CopyPageAction._copy_page = _copiers_own(CopyPageAction._copy_page)
    UnpublishAction.permission_policy_action = "unpublish"
