"""What enters the append-only log by itself: Wagtail's own log entries, rights of people, rights of groups."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models.signals import m2m_changed, post_save, pre_save
from django.dispatch import receiver
from wagtail.log_actions import get_active_log_context
from wagtail.models import ModelLogEntry, PageLogEntry

from portal.core import audit

# Of creating, editing and deleting only what decides about rights and settings; drafts are in Wagtail's history.
PLAIN = {"wagtail.create", "wagtail.edit", "wagtail.delete"}
WATCHED = {
    "accounts.user", "accounts.membership", "accounts.municipality", "auth.group", "consultations.adviser",
    "consultations.closure", "consultations.format", "core.operator",
    "core.portaldocument", "core.portalimage", "core.reviewtask", "core.sitenotice", "wagtailcore.collection",
    "wagtailcore.site", "wagtailcore.task", "wagtailcore.workflow", "wagtailredirects.redirect",
}  # fmt: skip
LEFT_OUT = ("wagtail.rename", "wagtail.comments", "wagtail.revert", "wagtail.convert")
RIGHTS = ("is_active", "is_superuser")


def _is_watched(action: str, model: str, *, page: bool) -> bool:
    if action.startswith(LEFT_OUT):
        return False
    if action in PLAIN:
        return model in WATCHED or (page and action == "wagtail.delete")
    return True


@receiver(post_save, sender=PageLogEntry)
@receiver(post_save, sender=ModelLogEntry)
def mirror(sender: Any, instance: Any, created: bool, **kwargs: Any) -> None:
    """Keep the ids of a log entry of Wagtail's; its texts (labels, comments) stay where they are."""
    content_type = instance.content_type
    model = f"{content_type.app_label}.{content_type.model}" if content_type else ""
    page = sender is PageLogEntry
    if not created or not _is_watched(instance.action, model, page=page):
        return
    audit.write(
        instance.action,
        actor_id=instance.user_id,
        object_type=model,
        object_id=str(instance.page_id if page else instance.object_id),
        detail={"revision": instance.revision_id} if instance.revision_id else {},
    )


def _actor() -> Any:
    context = get_active_log_context()
    return getattr(context, "user", None)


def _record_m2m(instance: Any, action: str, pk_set: set[Any] | None, name: str, reverse: bool) -> None:
    if action not in ("post_add", "post_remove") or not pk_set:
        return
    # The other way round (`group.user_set.add(person)`) the group is the subject and the ids are those of people.
    name = f"{name}_of" if reverse else name
    audit.record(f"rights.{name}_{action[5:]}", actor=_actor(), subject=instance, ids=sorted(pk_set))


def record_groups(instance: Any, action: str, pk_set: set[Any] | None, reverse: bool, **kwargs: Any) -> None:
    """A role was given to or taken from a person."""
    _record_m2m(instance, action, pk_set, "groups", reverse)


def record_permissions(instance: Any, action: str, pk_set: set[Any] | None, reverse: bool, **kwargs: Any) -> None:
    """A group or person got or lost single rights."""
    _record_m2m(instance, action, pk_set, "permissions", reverse)


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
    """Connect the receivers that need the user model; called when the app is ready."""
    user = get_user_model()
    m2m_changed.connect(record_groups, sender=user.groups.through)
    m2m_changed.connect(record_permissions, sender=user.user_permissions.through)
    m2m_changed.connect(record_permissions, sender=Group.permissions.through)
    pre_save.connect(record_flags, sender=user)
    post_save.connect(record_superuser, sender=user)
