"""The roles of the centre and their rights: one table, applied after every migration.

Rights a hand adds to or takes from one of these groups are put back; other groups are left alone.
Models of higher apps are named by string; a model that does not exist (yet) is passed over here and found by a
test. docs/roles.md explains the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from portal.core.visibility import EXTERNAL_ADVISER_GROUP, MUNICIPALITY_GROUP, STAFF_GROUPS

EDITOR, REVIEWER, ADVISER, COORDINATOR, LEADER, ADMINISTRATOR = STAFF_GROUPS

# "app.model": actions, for everybody named in the row; an action is "add" or a whole code name.
ADMIN = {"wagtailadmin.admin": ("access_admin",)}
EDIT, READ, ALL = ("view", "add", "change"), ("view",), ("view", "add", "change", "delete")
# Wagtail asks for the rights on its own models, also where a project has its own image and document model.
FILE_RIGHTS = ("wagtailimages.{}_image", "wagtaildocs.{}_document")
CONTENT_MODELS = ("knowledge.act", "knowledge.deadline", "knowledge.glossaryterm")
FACT = "knowledge.fact"
WORK = {"core.workitem": ("view", "change")}
REPORTS = {"knowledge.seencontent": ("read_content_reports",)}
FIGURES = {"search.searchday": ("view",)}
SEARCH = {"search.steeringrule": ALL, "search.searchday": ("view", "change")}
SETTINGS = {"core.operator": ("change",), "core.sitenotice": ("change",)}
LINKS = {"knowledge.externallink": ("change",), **REPORTS}
# Koordination keeps the calendar of advice; each adviser their own times (docs/consultations-calendar.md).
CALENDAR = {
    "consultations.format": ("view", "add", "change"), "consultations.adviser": ("view", "add", "change"),
    "consultations.absence": ALL, "consultations.closure": ALL,
}  # fmt: skip
MUNICIPALITIES = ("accounts.municipality", "accounts.district", "accounts.membership", "accounts.maildomain")

CASES = {"consultations.case": EDIT}
# The record of processing, retention and the archive's decision (docs/consultations-privacy.md).
RECORDS = {"consultations.casekeeping": ("keep_records",)}
FIGURES_OF_CASES = {"consultations.case": ("read_case_figures",)}


def _all(names: Iterable[str], actions: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names, actions)


class Role(NamedTuple):
    """Rights of one group: on all pages, on all images and documents, on their collections, on models."""

    pages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    models: Mapping[str, tuple[str, ...]] = {}


# No role has `publish`: a second person releases (docs/review.md). Going offline goes by role there.
ROLES: dict[str, Role] = {
    EDITOR: Role(
        pages=("add", "change"),
        files=("add", "change", "choose"),
        models={
            **ADMIN,
            **WORK,
            **LINKS,
            **SETTINGS,
            **SEARCH,
            **_all((*CONTENT_MODELS, FACT), EDIT),
            "core.tag": EDIT,
        },
    ),
    REVIEWER: Role(
        pages=("add", "change", "lock", "unlock"),
        files=("add", "change", "choose"),
        models={
            **ADMIN,
            **WORK,
            **LINKS,
            **FIGURES,
            **_all(CONTENT_MODELS, (*EDIT, "lock", "unlock")),
            FACT: EDIT,
            "core.tag": EDIT,
            "knowledge.reviewreminder": ("confirm_pages",),
        },
    ),
    ADVISER: Role(
        models={
            **ADMIN,
            **WORK,
            **CASES,
            **_all(MUNICIPALITIES, READ),
            "consultations.adviser": ("own_times",),
            "consultations.format": READ,
        }
    ),
    COORDINATOR: Role(
        models={
            **ADMIN,
            **REPORTS,
            **FIGURES,
            **CALENDAR,
            "core.workitem": EDIT,
            **_all(MUNICIPALITIES, READ),
            "accounts.membership": EDIT,
            "consultations.case": (*EDIT, "assign_case", "read_case_figures"),
            "consultations.minutestemplate": ALL,
            **RECORDS,
            "consultations.mailtext": ("change",),
        }
    ),
    LEADER: Role(
        models={
            **ADMIN,
            **REPORTS,
            **FIGURES,
            **FIGURES_OF_CASES,
            "core.workitem": READ,
            **_all(MUNICIPALITIES, READ),
        }
    ),
    ADMINISTRATOR: Role(
        pages=("add", "change", "bulk_delete", "lock", "unlock"),
        files=("add", "change", "choose"),
        collections=("add", "change", "delete"),
        models={
            **ADMIN,
            **LINKS,
            **_all(CONTENT_MODELS, (*ALL, "lock", "unlock")),
            FACT: ALL,
            "core.tag": ALL,
            "core.workitem": EDIT,
            "core.outboxmessage": ("view", "change"),
            "core.scheduledrun": READ,
            "core.auditentry": READ,
            **SETTINGS,
            **SEARCH,
            **CALENDAR,
            **RECORDS,
            **_all(MUNICIPALITIES, EDIT),
            "accounts.maildomain": ALL,
            "accounts.user": ALL,
            "accounts.factorreset": EDIT,
            "wagtailcore.site": ("change",),
            "wagtailredirects.redirect": ALL,
        },
    ),
}


def file_permissions(role: Role) -> set[str]:
    """Return the role's rights on images, documents and collections as "app.codename"."""
    files = {right.format(action) for right in FILE_RIGHTS for action in role.files}
    return files | {f"wagtailcore.{action}_collection" for action in role.collections}


def model_permissions(role: Role) -> set[str]:
    """Return the role's rights on models as "app.codename"."""
    found = set()
    for label, actions in role.models.items():
        app, model = label.split(".")
        found |= {f"{app}.{action if '_' in action else f'{action}_{model}'}" for action in actions}
    return found


def unknown_models() -> list[str]:
    """Return the models of the table that are not installed."""
    labels = {label for role in ROLES.values() for label in role.models}
    known = {model._meta.label_lower for model in apps.get_models()} | {"wagtailadmin.admin"}
    return sorted(labels - known)


def _permissions(names: set[str]) -> list[Permission]:
    if not names:
        return []
    wanted = Q()
    for name in names:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted))


@transaction.atomic
def sync_roles() -> None:
    """Make the groups and their rights what the table says; safe to repeat, touches no other group."""
    for name in (MUNICIPALITY_GROUP, EXTERNAL_ADVISER_GROUP):
        Group.objects.get_or_create(name=name)[0].permissions.clear()
    for name, role in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(_permissions(model_permissions(role)))
        _sync_pages(group, role)
        _sync_files(group, role)
    _replace_stock_groups()


def _sync_pages(group: Group, role: Role) -> None:
    from wagtail.models import GroupPagePermission, Page

    root = Page.objects.filter(depth=1).first()
    wanted = {permission.pk for permission in _permissions({f"wagtailcore.{name}_page" for name in role.pages})}
    rows = GroupPagePermission.objects.filter(group=group)
    rows.exclude(page=root, permission_id__in=wanted).delete()
    present = set(rows.values_list("permission_id", flat=True))
    if root is not None:
        GroupPagePermission.objects.bulk_create(
            GroupPagePermission(group=group, page=root, permission_id=pk) for pk in sorted(wanted - present)
        )


def _sync_files(group: Group, role: Role) -> None:
    from wagtail.models import Collection, GroupCollectionPermission

    root = Collection.objects.filter(depth=1).first()
    wanted = {permission.pk for permission in _permissions(file_permissions(role))}
    rows = GroupCollectionPermission.objects.filter(group=group)
    rows.exclude(collection=root, permission_id__in=wanted).delete()
    present = set(rows.values_list("permission_id", flat=True))
    if root is not None:
        GroupCollectionPermission.objects.bulk_create(
            GroupCollectionPermission(group=group, collection=root, permission_id=pk)
            for pk in sorted(wanted - present)
        )


def _replace_stock_groups() -> None:
    """Remove Wagtail's example groups while nobody is in them; reviewers take over their approval task."""
    from wagtail.models import GroupApprovalTask, Task, Workflow

    stock = Group.objects.filter(name__in=["Editors", "Moderators"], user=None)
    if stock.exists():
        reviewers = Group.objects.get(name=REVIEWER)
        for task in GroupApprovalTask.objects.filter(groups__in=stock).distinct():
            task.groups.add(reviewers)
        stock.delete()
    for model in (Workflow, Task):
        model.objects.filter(name="Moderators approval").update(name=REVIEWER)


def sync_after_migrate(**kwargs: Any) -> None:
    """Receiver of post_migrate: the tables may be missing while single apps are migrated back."""
    from django.db import connection

    needed = {"auth_group", "wagtailcore_grouppagepermission", "wagtailcore_groupcollectionpermission"}
    if needed <= set(connection.introspection.table_names()):
        sync_roles()
