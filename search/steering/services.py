"""Every write about rules: checked, with a version of before and after, valid in all processes at once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import audit
from search.fresh import outdate
from search.insight.actions import end_by_rule
from search.steering.checks import check
from search.steering.models import KEPT, SteeringRule, SteeringVersion

CHANGED_SINCE = "Die Regel wurde danach noch einmal geändert. Machen Sie zuerst die jüngere Änderung rückgängig."


@transaction.atomic
def save_rule(*, rule: SteeringRule, actor: Any, undoes: SteeringVersion | None = None) -> SteeringRule:
    """Store a rule, new or changed; nothing is written when nothing has changed.

    Raises:
        ValidationError: the rule breaks one of the checks.
    """
    check(rule)
    before = _stored(rule.pk)
    after = rule.as_data()
    if before == after:
        return rule
    rule.save()
    _keep(rule, actor, before, after, undoes)
    end_by_rule(rule=rule, actor=actor)
    return rule


@transaction.atomic
def delete_rule(*, rule: SteeringRule, actor: Any, undoes: SteeringVersion | None = None) -> None:
    """Delete a rule; its versions stay, so that it can come back."""
    before = _stored(rule.pk)
    if before is None:
        return
    _keep(rule, actor, before, None, undoes)
    SteeringRule.objects.filter(pk=rule.pk).delete()


@transaction.atomic
def undo(*, version: SteeringVersion, actor: Any) -> None:
    """Make a rule what it was before a change; that is a change as well, and can be undone.

    Raises:
        ValidationError: the rule has been changed since, or what it was breaks a check now.
    """
    if _stored(version.rule) != version.after:
        raise ValidationError(CHANGED_SINCE)
    rule = SteeringRule(pk=version.rule)
    if version.before is None:
        delete_rule(rule=rule, actor=actor, undoes=version)
        return
    for name in KEPT:
        setattr(rule, name, version.before[name])
    save_rule(rule=rule, actor=actor, undoes=version)


def _stored(pk: int | None) -> dict[str, Any] | None:
    row = SteeringRule.objects.select_for_update().filter(pk=pk).first() if pk else None
    return row.as_data() if row else None


def _keep(
    rule: SteeringRule,
    actor: Any,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    undoes: SteeringVersion | None,
) -> None:
    version = SteeringVersion.objects.create(rule=rule.pk, actor=actor, before=before, after=after, undoes=undoes)
    action = "search.rule_new" if before is None else "search.rule_deleted" if after is None else "search.rule"
    audit.record(action, actor=actor, subject=rule, version=version.pk)
    transaction.on_commit(outdate)
