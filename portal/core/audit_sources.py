"""What enters the append-only log by itself: Wagtail's own log entries, deletions, rights of people and of groups.

Deletions are taken from the models, not from Wagtail's log: its actions on many objects at once write none there.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from wagtail.log_actions import get_active_log_context
from wagtail.models import AbstractPage, ModelLogEntry, Page, PageLogEntry

from portal.core import audit
from portal.core.models import ReviewedMixin

DELETED = "wagtail.delete"
# Of creating and editing only what decides about rights and settings; drafts are in Wagtail's history.
PLAIN = {"wagtail.create", "wagtail.edit"}
WATCHED = {
    "accounts.maildomain", "accounts.membership", "accounts.municipality", "accounts.user", "auth.group",
    "consultations.adviser", "consultations.closure", "consultations.format", "core.operator",
    "core.portaldocument", "core.portalimage", "core.reviewtask", "core.sitenotice", "wagtailcore.collection",
    "wagtailcore.site", "wagtailcore.task", "wagtailcore.workflow", "wagtailredirects.redirect",
}  # fmt: skip
LEFT_OUT = ("wagtail.rename", "wagtail.comments", "wagtail.revert", "wagtail.convert")
RIGHTS = ("is_active", "is_superuser")


def _is_watched(action: str, model: str) -> bool:
    if action.startswith(LEFT_OUT) or action == DELETED:
        return False
    return action not in PLAIN or model in WATCHED


def _label(content_type: Any) -> str:
    return f"{content_type.app_label}.{content_type.model}"


def _detail(entry: Any) -> dict[str, Any]:
    """Return the ids of an entry; what `portal.accounts` notes about an account is ids and states only."""
    if entry.action.startswith("accounts."):
        return dict(entry.data or {})
    return {"revision": entry.revision_id} if entry.revision_id else {}


@receiver(post_save, sender=PageLogEntry)
@receiver(post_save, sender=ModelLogEntry)
def mirror(sender: Any, instance: Any, created: bool, **kwargs: Any) -> None:
    """Keep the ids of a log entry of Wagtail's; its texts (labels, comments) stay where they are."""
    content_type = instance.content_type
    model = _label(content_type) if content_type else ""
    page = sender is PageLogEntry
    if not created or not _is_watched(instance.action, model):
        return
    if page and content_type is not None and content_type.model_class() is Page and instance.page is not None:
        model = _label(instance.page.cached_content_type)  # Wagtail's actions on several pages know no kind
    audit.write(
        instance.action,
        actor_id=instance.user_id,
        object_type=model,
        object_id=str(instance.page_id if page else instance.object_id),
        detail=_detail(instance),
    )


def _actor() -> Any:
    context = get_active_log_context()
    return getattr(context, "user", None)


def watch_deletion(*models: Any) -> None:
    """Log every object of the models that goes, each in a row of its own."""
    for model in models:
        post_delete.connect(
            record_deletion, sender=model, dispatch_uid=f"audit-deletion-{model._meta.label_lower}"
        )


def record_deletion(instance: Any, **kwargs: Any) -> None:
    """Something went, by whatever way: alone, with others, with what it belonged to, by a command.

    Redirects Wagtail makes and replaces by itself while pages move say nothing of what anybody did.
    """
    if getattr(instance, "automatically_created", False):
        return
    kind = getattr(instance, "cached_content_type", None)
    audit.write(
        DELETED,
        actor_id=_deleted_by(instance),
        object_type=_label(kind) if kind else instance._meta.label_lower,
        object_id=str(instance.pk),
        detail={},
    )


def _deleted_by(instance: Any) -> int | None:
    """Return who deletes: the person at work in the admin, or whom the code that deletes a page has named."""
    actor = _actor()
    if actor is not None or not isinstance(instance, AbstractPage):
        return getattr(actor, "pk", None)
    entries = PageLogEntry.objects.filter(page_id=instance.pk, action=DELETED)
    return entries.order_by("-pk").values_list("user_id", flat=True).first()


def _cleared(through: Any, instance: Any) -> set[Any]:
    """Return what is about to go when all of it goes at once, which is told without saying what."""
    own, other = sorted(
        (field for field in through._meta.fields if field.remote_field is not None),
        key=lambda field: not isinstance(instance, field.remote_field.model),
    )
    return set(through._default_manager.filter(**{own.name: instance}).values_list(other.attname, flat=True))


def _record_m2m(
    through: Any, instance: Any, action: str, pk_set: set[Any] | None, name: str, reverse: bool
) -> None:
    if action == "pre_clear":
        action, pk_set = "post_remove", _cleared(through, instance)
    if action not in ("post_add", "post_remove") or not pk_set:
        return
    # The other way round (`group.user_set.add(person)`) the group is the subject and the ids are those of people.
    name = f"{name}_of" if reverse else name
    audit.record(f"rights.{name}_{action[5:]}", actor=_actor(), subject=instance, ids=sorted(pk_set))


def record_groups(
    sender: Any, instance: Any, action: str, pk_set: set[Any] | None, reverse: bool, **kwargs: Any
) -> None:
    """A role was given to or taken from a person."""
    _record_m2m(sender, instance, action, pk_set, "groups", reverse)


def record_permissions(
    sender: Any, instance: Any, action: str, pk_set: set[Any] | None, reverse: bool, **kwargs: Any
) -> None:
    """A group or person got or lost single rights."""
    _record_m2m(sender, instance, action, pk_set, "permissions", reverse)


def record_flags(instance: Any, update_fields: Any = None, **kwargs: Any) -> None:
    """Somebody was switched off or on, or became superuser."""
    if instance.pk is None or (update_fields is not None and not set(RIGHTS) & set(update_fields)):
        return
    before = type(instance)._default_manager.filter(pk=instance.pk).values(*RIGHTS).first()
    if before is None:
        return
    changed = {name: getattr(instance, name) for name in RIGHTS if before[name] != getattr(instance, name)}
    if changed:
        audit.record("rights.account", actor=_actor(), subject=instance, **changed)


def record_superuser(instance: Any, created: bool, **kwargs: Any) -> None:
    """An account was made that may do everything (`createsuperuser`)."""
    if created and instance.is_superuser:
        audit.record("rights.account", actor=_actor(), subject=instance, is_superuser=True)


def connect() -> None:
    """Connect the receivers that need other models; called when the app is ready.

    Deletion is told of the lowest table alone: what extends it (page types, the review's task) is told with it.
    """
    watched = [apps.get_model(label) for label in sorted(WATCHED)]
    reviewed = [
        model for model in apps.get_models() if issubclass(model, ReviewedMixin) and not issubclass(model, Page)
    ]
    watch_deletion(Page, *[model for model in [*watched, *reviewed] if not model._meta.parents])
    user = get_user_model()
    m2m_changed.connect(record_groups, sender=user.groups.through)
    m2m_changed.connect(record_permissions, sender=user.user_permissions.through)
    m2m_changed.connect(record_permissions, sender=Group.permissions.through)
    pre_save.connect(record_flags, sender=user)
    post_save.connect(record_superuser, sender=user)
