"""Every way Wagtail has to put something live, tried by a superuser alone: none works."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import get_resolver, reverse
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Page, Revision, Task, Workflow, WorkflowPage, WorkflowTask
from wagtail.permissions import policy_registry

from knowledge.models import Act, ArticlePage, GlossaryTerm
from portal.accounts.models import User
from portal.core.models import ReviewTask
from portal.core.review import queries, services, setup
from portal.core.review.checks import review_settings
from portal.core.review.errors import ReviewRefused
from tests import factories
from tests.factories.review import REVIEWER, draft_article, draft_term, person, save, submit
from tests.forms import editor_data
from tests.people import PortalClient, add_totp, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> User:
    user = make_user("root@kkv.example", is_superuser=True)
    add_totp(user)
    return user


@pytest.fixture
def browser(root: User) -> PortalClient:
    client = PortalClient()
    client.force_login(root)
    return client


@pytest.fixture
def draft(root: User) -> ArticlePage:
    return draft_article(root)


@pytest.fixture
def published() -> ArticlePage:
    """A page readers know, released by two people."""
    anna = person("Anna")
    page = draft_article(anna, "Veröffentlichtes")
    services.approve(task_state=submit(page, anna), user=person("Bernd", REVIEWER))
    return ArticlePage.objects.get(pk=page.pk)


def live_titles() -> set[str]:
    return set(Page.objects.live().values_list("title", flat=True))


def url(name: str, *args: Any) -> str:
    return reverse(f"wagtailadmin_pages:{name}", args=args)


def test_editing_with_the_publish_action_saves_a_draft(
    browser: PortalClient, published: ArticlePage, root: User
) -> None:
    page, before = published, live_titles()
    data = editor_data(page, root, title="Neuer Titel", change_significance="minor")
    answer = browser.post(url("edit", page.pk), {**data, "action-publish": "1"})
    assert answer.status_code == 302
    page.refresh_from_db()
    assert page.latest_revision.content["title"] == "Neuer Titel"
    assert live_titles() == before
    assert b"action-publish" not in browser.get(url("edit", page.pk)).content


def test_creating_with_the_publish_action_makes_a_draft(browser: PortalClient, root: User) -> None:
    topic = factories.topic()
    data = editor_data(ArticlePage(title="Frisch", slug="frisch"), root)
    answer = browser.post(url("add", "knowledge", "articlepage", topic.pk), {**data, "action-publish": "1"})
    assert answer.status_code == 302
    assert not ArticlePage.objects.get(title="Frisch").live


def test_an_autosave_under_review_is_refused(browser: PortalClient, draft: ArticlePage, root: User) -> None:
    submit(draft, root)
    data = {**editor_data(draft, root, title="Zwischendurch"), "action-edit": "1"}
    answer = browser.post(url("edit", draft.pk), data, headers={"accept": "application/json"})
    assert not json.loads(answer.content).get("success")
    assert Revision.objects.for_instance(draft).count() == 1


def test_bulk_publish(browser: PortalClient, draft: ArticlePage) -> None:
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    browser.post(f"{address}?id={draft.pk}", {"include_descendants": "on"})
    assert not ArticlePage.objects.get(pk=draft.pk).live


def test_reverting_makes_a_draft_of_the_person_who_reverts(
    browser: PortalClient, published: ArticlePage, root: User
) -> None:
    page, old = published, published.live_revision
    save(page, root, title="Zwischenstand")
    data = editor_data(page, root, title=page.title, change_significance="minor")
    browser.post(url("revisions_revert", page.pk, old.pk), {**data, "action-publish": "1"})
    browser.post(url("edit", page.pk), {**data, "revision": str(old.pk), "action-publish": "1"})
    page.refresh_from_db()
    assert page.live_revision == old
    assert page.latest_revision.user == root


def test_copying_with_publish_copies(browser: PortalClient, published: ArticlePage) -> None:
    before = live_titles()
    data = {
        "new_title": "Kopie", "new_slug": "kopie", "new_parent_page": published.get_parent().pk,
        "publish_copies": "on", "copy_subpages": "on",
    }  # fmt: skip
    assert browser.post(url("copy", published.pk), data).status_code == 302
    assert not ArticlePage.objects.get(title="Kopie").live
    assert live_titles() == before
    browser.post(url("copy", published.pk), {**data, "new_slug": "alias", "alias": "on"})
    assert Page.objects.live().exclude(alias_of=None).count() == 0


def test_the_copy_of_a_section_is_the_work_of_who_copies(published: ArticlePage) -> None:
    """Also the pages below, which are the same word for word: else who copies could release them alone."""
    clara = person("Clara", REVIEWER)
    client = PortalClient()
    add_totp(clara)
    client.force_login(clara)
    section = published.get_parent()
    data = {
        "new_title": "Kopie", "new_slug": "kopie", "new_parent_page": section.get_parent().pk,
        "copy_subpages": "on",
    }  # fmt: skip
    client.post(url("copy", section.pk), data)
    copied = ArticlePage.objects.exclude(pk=published.pk).get()
    state = submit(copied, clara)
    assert queries.standing_of(state).authors == {clara.pk}
    with pytest.raises(ReviewRefused):
        services.approve(task_state=state, user=clara)
    assert services.approve(task_state=state, user=person("Dora", REVIEWER))


def test_an_alias_shows_what_was_released_and_keeps_it_when_it_becomes_a_page(
    browser: PortalClient, published: ArticlePage, root: User
) -> None:
    alias = published.create_alias(update_slug="anderswo")
    assert browser.post(url("edit", alias.pk), editor_data(published, root, title="Neu")).status_code == 405
    save(published, root, title="Nur ein Entwurf")
    browser.post(url("convert_alias", alias.pk))
    alias = ArticlePage.objects.get(pk=alias.pk)
    assert (alias.alias_of, alias.title) == (None, published.title)
    data = editor_data(alias, root, title="Allein geändert", change_significance="minor")
    browser.post(url("edit", alias.pk), {**data, "action-publish": "1"})
    assert ArticlePage.objects.get(pk=alias.pk).title == published.title


@pytest.mark.parametrize("field", ["go_live_at", "expire_at"])
def test_setting_a_schedule_changes_nothing_by_itself(
    browser: PortalClient, published: ArticlePage, root: User, field: str
) -> None:
    at = timezone.localtime(timezone.now() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    data = editor_data(published, root, change_significance="minor", **{field: at})
    for action in ("action-publish", "action-edit"):
        browser.post(url("edit", published.pk), {**data, action: "1"})
    page = ArticlePage.objects.get(pk=published.pk)
    assert page.go_live_at is None
    assert page.expire_at is None
    assert not Revision.objects.exclude(approved_go_live_at=None).exists()


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("publish", {}),
        ("copy", {"keep_live": True, "slug": "api-kopie"}),
        ("create_alias", {"recursive": False, "update_slug": "api-alias"}),
    ],
)
def test_the_admins_own_api(
    browser: PortalClient, published: ArticlePage, root: User, action: str, data: dict[str, Any]
) -> None:
    save(published, root, title="Über die Schnittstelle")
    before = live_titles()
    address = reverse("wagtailadmin_api:pages:action", args=[published.pk, action])
    answer = browser.post(address, json.dumps(data), content_type="application/json")
    assert answer.status_code == 403
    assert live_titles() == before


def test_no_other_interface_of_wagtail_is_mounted() -> None:
    def routes(resolver: Any, prefix: str = "") -> Any:
        for part in resolver.url_patterns:
            path = prefix + str(part.pattern)
            yield from routes(part, path) if hasattr(part, "url_patterns") else [path]

    # Our own interface only reads: it answers nothing but GET and HEAD.
    reading = {"api/v1/search", "api/v1/suggest", "api/v1/openapi.json"}
    found = {path for path in routes(get_resolver()) if "api" in path.split("/")}
    assert all(path.startswith("cms/api/main/") for path in found - reading)
    assert {Client().post(f"/{path}").status_code for path in reading & found} == {405}


def test_actions_of_wagtail_3_api_are_refused_as_well(draft: ArticlePage, root: User) -> None:
    """The interface is not mounted; its routes use these actions and this policy."""
    from wagtail.actions.create_page import CreatePageAction
    from wagtail.actions.edit_page import EditPageAction

    policy = policy_registry.get_by_type(Page)
    assert not policy.user_has_any_permission(root, ("publish",))
    with pytest.raises(Exception, match="permission to publish"):
        EditPageAction(draft, user=root, publish=True).execute()
    new = ArticlePage(title="Neu", slug="neu", short_answer="Ja.")
    with pytest.raises(Exception, match="do not have permission"):
        CreatePageAction(new, draft.get_parent(), user=root, publish=True).execute()
    assert not ArticlePage.objects.filter(title="Neu", live=True).exists()


def test_approving_by_every_endpoint_as_the_author(browser: PortalClient, draft: ArticlePage, root: User) -> None:
    state = submit(draft, root)
    for action in ("approve", "reject"):
        for name in ("workflow_action", "collect_workflow_action_data"):
            browser.post(url(name, draft.pk, action, state.pk), {"comment": ""})
    data = {
        **editor_data(draft, root), "action-workflow-action": "1", "workflow-action-name": "approve",
        "workflow-action-extra-data": "{}",
    }  # fmt: skip
    browser.post(url("edit", draft.pk), data)
    answer = browser.post(reverse("review_decide", args=[state.workflow_state_id, "freigeben"]))
    assert "stammen von Ihnen" in answer.content.decode()
    assert not ArticlePage.objects.get(pk=draft.pk).live


def test_the_state_of_one_page_at_the_address_of_another(
    browser: PortalClient, draft: ArticlePage, root: User
) -> None:
    """Wagtail asks for the actions of the page in the address and performs them on the state in the address."""
    own = submit(draft, root)
    anna = person("Anna")
    foreign = draft_article(anna, "Fremde Seite")
    submit(foreign, anna)
    browser.post(url("workflow_action", foreign.pk, "approve", own.pk), {"comment": ""})
    assert not ArticlePage.objects.get(pk=draft.pk).live
    assert not ArticlePage.objects.get(pk=foreign.pk).live


def test_approving_after_withdrawing(browser: PortalClient, root: User) -> None:
    anna = person("Anna")
    page = draft_article(anna)
    state = submit(page, anna)
    services.withdraw(workflow_state=state.workflow_state, user=anna)
    browser.post(url("workflow_action", page.pk, "approve", state.pk), {"comment": ""})
    address = reverse("review_decide", args=[state.workflow_state_id, "freigeben"])
    assert services.ENDED in browser.post(address).content.decode()
    assert not ArticlePage.objects.get(pk=page.pk).live


def test_privacy_order_moving_and_taking_offline_change_no_text(
    browser: PortalClient, published: ArticlePage, root: User
) -> None:
    save(published, root, title="Entwurf")
    browser.post(url("set_privacy", published.pk), {"restriction_type": "login"})
    browser.post(url("move_confirm", published.pk, factories.topic("Ziel").pk), {})
    browser.post(f"{url('set_page_position', published.pk)}?position=0")
    assert ArticlePage.objects.get(pk=published.pk).title == published.title
    browser.post(url("unpublish", published.pk), {})
    page = ArticlePage.objects.get(pk=published.pk)
    assert not page.live


@pytest.mark.parametrize("model", [GlossaryTerm, Act])
def test_snippets_are_not_published_by_their_forms(browser: PortalClient, root: User, model: Any) -> None:
    subject = draft_term(root) if model is GlossaryTerm else factories.act(live=False)
    name = model._meta.model_name
    data = editor_data(subject, root)
    edit = reverse(f"wagtailsnippets_knowledge_{name}:edit", args=[subject.pk])
    assert browser.post(edit, {**data, "action-publish": "1"}).status_code == 302
    title = {"term": "Neu"} if model is GlossaryTerm else {"abbreviation": "NeuG"}
    new = {**editor_data(subject, root, slug="neu", **title), "action-publish": "1"}
    assert browser.post(reverse(f"wagtailsnippets_knowledge_{name}:add"), new).status_code == 302
    assert model.objects.count() == 2
    assert not model.objects.filter(live=True).exists()
    assert b"action-publish" not in browser.get(edit).content


def test_a_copy_of_a_snippet_overwrites_nothing(browser: PortalClient, root: User) -> None:
    """Wagtail's view saves what is sent to it over the original, and offline; its own form sends it elsewhere."""
    act = factories.act(live=True)
    address = reverse("wagtailsnippets_knowledge_act:copy", args=[act.pk])
    assert reverse("wagtailsnippets_knowledge_act:add").encode() in browser.get(address).content
    data = editor_data(act, root, abbreviation="NeuG", slug="neu")
    assert browser.post(address, data).status_code == 405
    assert Act.objects.values_list("slug", "live").get() == (act.slug, True)
    assert browser.post(reverse("wagtailsnippets_knowledge_act:add"), data).status_code == 302
    assert Act.objects.count() == 2


def test_a_snippet_goes_offline_by_role(root: User) -> None:
    term = factories.term()
    address = reverse("wagtailsnippets_knowledge_glossaryterm:unpublish", args=[term.pk])
    for role, gone in (("Redaktion", False), ("Fachprüfung", True)):
        client = PortalClient()
        client.force_login(person(role[:4], role))
        client.post(address)
        assert GlossaryTerm.objects.get(pk=term.pk).live is not gone


def test_snippets_have_no_form_in_their_chooser(browser: PortalClient) -> None:
    """Such a form would save a live object; without one Wagtail's view ends in an error and saves nothing."""
    browser.raise_request_exception = False
    browser.post("/cms/snippets/choose/knowledge/glossaryterm/create/", {"term": "X", "slug": "x", "meaning": "X"})
    assert not GlossaryTerm.objects.filter(term="X").exists()


def test_plain_pages_answer_like_their_own_kind(draft: ArticlePage, root: User) -> None:
    for page in (Page.objects.get(pk=draft.pk), Page.objects.get(depth=1), draft):
        tester = page.permissions_for_user(root)
        assert not tester.can_publish()
        assert not tester.can_publish_subpage()
    for model in (Page, ArticlePage, Act, GlossaryTerm):
        policy = policy_registry.get_by_type(model)
        assert not policy.user_has_permission(root, "publish")
        assert not policy.users_with_permission("publish").exists()
        assert not policy.instances_user_has_permission_for(root, "publish").exists()


def test_another_workflow_releases_nothing(browser: PortalClient, draft: ArticlePage, root: User) -> None:
    task = GroupApprovalTask.objects.create(name="Alle")
    other = Workflow.objects.create(name="Schnell")
    WorkflowTask.objects.create(workflow=other, task=task)
    WorkflowPage.objects.filter(page__depth=1).update(workflow=other)
    other.start(draft, root)
    state = ArticlePage.objects.get(pk=draft.pk).current_workflow_task_state
    with pytest.raises(ReviewRefused):
        state.task.specific.on_action(state, root, "approve")
    assert not ArticlePage.objects.get(pk=draft.pk).live


def test_deactivating_task_or_workflow_publishes_nothing(draft: ArticlePage, root: User) -> None:
    submit(draft, root)
    with pytest.raises(ReviewRefused):
        ReviewTask.objects.get().deactivate(user=root)
    Workflow.objects.get(active=True).deactivate(user=root)
    assert not ArticlePage.objects.get(pk=draft.pk).live
    assert not ArticlePage.objects.get(pk=draft.pk).has_workflow
    empty = Workflow.objects.create(name="Leer")
    with pytest.raises((ReviewRefused, AttributeError)):
        empty.start(ArticlePage.objects.get(pk=draft.pk), root)
    setup.sync_workflow()
    assert ArticlePage.objects.get(pk=draft.pk).has_workflow
    assert not ArticlePage.objects.get(pk=draft.pk).live


def test_what_was_in_an_older_workflow_starts_anew(draft: ArticlePage, root: User) -> None:
    old = Workflow.objects.create(name="Moderators approval")
    WorkflowTask.objects.create(workflow=old, task=GroupApprovalTask.objects.create(name="Alt"))
    old.start(draft, root)
    setup.sync_workflow()
    state = ArticlePage.objects.get(pk=draft.pk).current_workflow_task_state
    assert isinstance(state.task.specific, ReviewTask)
    assert state.workflow_state.requested_by == root
    assert queries.standing_of(state).authors == {root.pk}
    assert list(Workflow.objects.filter(active=True).values_list("name", flat=True)) == [setup.NAME]
    assert Task.objects.filter(name="Alt").exists()


@override_settings(WAGTAIL_WORKFLOW_ENABLED=False, WAGTAIL_FINISH_WORKFLOW_ACTION="wagtail.workflows.x")
def test_settings_that_open_another_way_are_errors() -> None:
    assert [found.id for found in review_settings()] == ["portal.E010", "portal.E011"]


@override_settings(WAGTAIL_WORKFLOW_ENABLED=False)
def test_without_workflows_nothing_is_published(browser: PortalClient, draft: ArticlePage, root: User) -> None:
    for action in ("action-publish", "action-submit"):
        browser.post(url("edit", draft.pk), {**editor_data(draft, root), action: "1"})
    assert not ArticlePage.objects.get(pk=draft.pk).live
