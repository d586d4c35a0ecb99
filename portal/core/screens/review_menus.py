"""What the review adds to the menus of the editors, and the list of what waits on the start page."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from wagtail.admin.action_menu import ActionMenuItem as PageItem
from wagtail.admin.ui.components import Component
from wagtail.models import AbstractPage, WorkflowMixin
from wagtail.snippets.action_menu import ActionMenuItem as SnippetItem

from portal.core.models import ReviewTask
from portal.core.review import people, queries
from portal.core.screens.review import APPROVE, REJECT, TITLES, WITHDRAW

STOCK = frozenset({"action-publish", "approve", "reject", "action-cancel-workflow", "action-restart-workflow"})
ICONS = {APPROVE: "success", REJECT: "edit", WITHDRAW: "undo"}


def _subject(context: Any) -> Any:
    return context.get("page") or context.get("instance")


class _Decision:
    """A menu item that leads to a screen of the review."""

    action = ""

    def is_shown(self, context: dict[str, Any]) -> bool:
        return True

    def get_url(self, context: dict[str, Any]) -> str:
        return reverse("review_decide", args=[_subject(context).current_workflow_state.pk, self.action])


def _item(base: type[Any], action: str, order: int) -> Any:
    kind = type(
        f"Review{base.__name__}", (_Decision, base),
        {"action": action, "label": TITLES[action], "name": f"review-{action}", "icon_name": ICONS[action]},
    )  # fmt: skip
    return kind(order=order)


def decisions(subject: Any, user: Any) -> list[str]:
    """Return which screens of the review are open to a person for an object."""
    reviewed = isinstance(subject, WorkflowMixin) and subject.pk
    state = subject.current_workflow_state if reviewed else None
    task_state = state.current_task_state if state else None
    if state is None or task_state is None or not isinstance(task_state.task.specific, ReviewTask):
        return []
    found = []
    if state.status == state.STATUS_IN_PROGRESS:
        found += [APPROVE] if queries.may_approve(task_state, user) else []
        found += [REJECT] if queries.may_reject(task_state, user) else []
        found += [WITHDRAW] if queries.may_withdraw(state, user) else []
    return found


def arrange(items: list[Any], request: Any, context: dict[str, Any]) -> None:
    """Take out what publishes or decides in Wagtail's way, and put the review's own items in."""
    subject = _subject(context)
    base = PageItem if context.get("page") or context.get("parent_page") else SnippetItem
    items[:] = [item for item in items if item.name not in STOCK]
    found = decisions(subject, request.user) if context.get("view") == "edit" else []
    items[:0] = [_item(base, action, number) for number, action in enumerate(found)]
    if subject is not None and subject.pk and getattr(subject, "live", False) and context.get("view") == "edit":
        _offer_unpublish(items, request.user, subject)


def _offer_unpublish(items: list[Any], user: Any, subject: Any) -> None:
    """Going offline goes by role, also while a review or a schedule locks the form: Wagtail hides it then."""
    from wagtail.admin.action_menu import UnpublishMenuItem as UnpublishPage
    from wagtail.snippets.action_menu import UnpublishMenuItem as UnpublishSnippet

    items[:] = [item for item in items if item.name != "action-unpublish"]
    if isinstance(subject, AbstractPage):
        if subject.permissions_for_user(user).can_unpublish():
            items.append(UnpublishPage(order=20))
    elif people.may_withdraw_content(user):
        items.append(UnpublishSnippet(order=20))


class WaitingPanel(Component):
    """Reviews a person can bring further, and their own that wait for others."""

    name = "portal_releases"
    order = 60

    def __init__(self, user: Any) -> None:
        self.user = user

    def render_html(self, parent_context: Any = None) -> SafeString | str:
        todo, waiting = waiting_for(self.user)
        if not todo and not waiting:
            return ""
        return render_to_string("core/screens/waiting.html", {"todo": todo, "waiting": waiting})


LIMIT = 20  # rows of each list
SCANNED = 200  # the oldest reviews looked at


def waiting_for(user: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return (what this person must decide or confirm, what of theirs waits for somebody else), oldest first."""
    todo: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    states = queries.open_reviews()[:SCANNED]
    standings = queries.standings(states)
    opened = queries.openable(states, user)
    reviewer = people.is_reviewer(user)
    for state in states:
        if state.pk not in opened:
            continue
        flow = state.workflow_state
        standing = standings[state.pk]
        row = {
            "title": state.revision.object_str,
            "url": reverse("review_decide", args=[flow.pk, APPROVE]),
            "submitter": getattr(getattr(state, "submission", None), "user", None),
            "since": state.started_at,
            "confirming": user.pk in standing.authors,
        }
        if len(todo) < LIMIT and standing.may_approve(user.pk, reviewer=reviewer):
            todo.append(row)
        elif len(waiting) < LIMIT and (flow.requested_by_id == user.pk or user.pk in standing.authors):
            waiting.append(row)
    return todo, waiting
