import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Page

from portal.accounts.roles import ROLES, file_permissions, model_permissions, sync_roles, unknown_models
from portal.core.visibility import MUNICIPALITY_GROUP, STAFF_GROUPS
from tests.people import make_user

pytestmark = pytest.mark.django_db
PAGES = {
    "Redaktion": {"add", "change"},
    "Fachprüfung": {"add", "change", "lock", "unlock"},
    "Beratung": set(),
    "Koordination": set(),
    "Leitung": set(),
    "Administration": {"add", "change", "bulk_delete", "lock", "unlock"},
}


def pages_of(name: str) -> set[str]:
    codes = GroupPagePermission.objects.filter(group__name=name).values_list("permission__codename", flat=True)
    return {code.removesuffix("_page") for code in codes}


def test_the_matrix_in_the_database_is_the_table() -> None:
    assert set(ROLES) == set(STAFF_GROUPS)
    for name, role in ROLES.items():
        group = Group.objects.get(name=name)
        present = {
            f"{app}.{code}" for app, code in group.permissions.values_list("content_type__app_label", "codename")
        }
        # Publishing and locking of snippets are rights Wagtail makes once a snippet is registered.
        existing = {
            ".".join(pair) for pair in Permission.objects.values_list("content_type__app_label", "codename")
        }
        assert present == model_permissions(role) & existing, name
        assert {name.split(".")[1].split("_")[0] for name in model_permissions(role) - existing} <= {
            "publish",
            "lock",
            "unlock",
        }
        assert pages_of(name) == PAGES[name], name
        files = GroupCollectionPermission.objects.filter(group=group)
        pairs = files.values_list("permission__content_type__app_label", "permission__codename")
        assert {".".join(pair) for pair in pairs} == file_permissions(role), name
    municipality = Group.objects.get(name=MUNICIPALITY_GROUP)
    assert not municipality.permissions.exists()


def test_every_model_of_the_table_exists() -> None:
    assert unknown_models() == []


def test_rights_changed_by_hand_are_put_back_and_other_groups_stay() -> None:
    editors, own = Group.objects.get(name="Redaktion"), Group.objects.create(name="Praktikum")
    publish = Permission.objects.get(codename="publish_page")
    root = GroupPagePermission.objects.filter(group=editors).first().page
    GroupPagePermission.objects.create(group=editors, page=root, permission=publish)
    GroupPagePermission.objects.create(group=own, page=root, permission=publish)
    editors.permissions.add(Permission.objects.get(codename="change_user"))
    sync_roles()
    sync_roles()
    assert pages_of("Redaktion") == {"add", "change"}
    assert not editors.permissions.filter(codename="change_user").exists()
    assert pages_of("Praktikum") == {"publish"}


def test_only_the_administration_manages_people_and_nobody_manages_groups() -> None:
    managing_groups = {"auth.add_group", "auth.change_group", "auth.delete_group"}
    for name, role in ROLES.items():
        rights = model_permissions(role)
        assert ("accounts.change_user" in rights) is (name == "Administration")
        assert ("accounts.change_factorreset" in rights) is (name == "Administration")
        assert not rights & managing_groups
        assert "wagtailadmin.access_admin" in rights


def test_the_stock_groups_of_wagtail_are_gone() -> None:
    assert not Group.objects.filter(name__in=["Editors", "Moderators"]).exists()


def test_reviewers_change_terms_but_delete_no_act_and_leaders_only_read() -> None:
    reviewer = make_user("prüfung@kkv.example", role="Fachprüfung")
    assert reviewer.has_perm("knowledge.change_glossaryterm")
    assert not reviewer.has_perm("knowledge.delete_act")
    assert not make_user(role="Leitung").has_perm("core.change_workitem")


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_sees_the_parts_of_the_admin_it_needs(role: str, client: Client) -> None:
    client.force_login(make_user("wer@kkv.example", role=role))
    content = role in {"Redaktion", "Fachprüfung", "Administration"}
    home = Page.objects.get(depth=2)
    expected = {
        "/cms/": True,
        "/cms/images/": content,
        "/cms/images/add/": content,
        "/cms/documents/": content,
        f"/cms/pages/{home.pk}/": content,
        f"/cms/pages/{home.pk}/edit/": content,
        "/cms/municipality/": role not in {"Redaktion", "Fachprüfung"},
        "/cms/users/": role == "Administration",
        "/cms/groups/": False,
        "/cms/redirects/": role == "Administration",
        "/cms/collections/": role == "Administration",
    }
    assert {path: client.get(path).status_code == 200 for path in expected} == expected


def test_no_role_may_publish_anything() -> None:
    assert not any("publish" in role.pages for role in ROLES.values())
    assert not any("publish" in right for role in ROLES.values() for right in model_permissions(role))


def test_one_workflow_is_active_and_has_its_german_name() -> None:
    from wagtail.models import Workflow

    assert list(Workflow.objects.filter(active=True).values_list("name", flat=True)) == ["Fachliche Freigabe"]
