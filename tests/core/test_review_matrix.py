"""Every address of the admin that can change a page or snippet × each role × own and foreign drafts.

The addresses are read from the URL patterns, so a new one is tried as soon as it exists; an argument this test
does not know makes it fail. 0 of them let a person publish alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.urls import get_resolver
from wagtail.models import Page, Revision

from knowledge.models import Act, ArticlePage, GlossaryTerm
from portal.accounts.models import User
from portal.core.models import Release
from portal.core.review import services
from portal.core.visibility import MUNICIPALITY_GROUP, STAFF_GROUPS
from tests import factories
from tests.factories.review import EDITOR, REVIEWER, draft_article, draft_term, person, save, submit
from tests.forms import editor_data
from tests.people import PortalClient, add_totp, make_user
from tests.quiet import quiet, without_rendering

pytestmark = pytest.mark.django_db

ACTORS = (*STAFF_GROUPS, MUNICIPALITY_GROUP, "Superuser")
AREAS = ("cms/pages/", "cms/bulk/", "cms/snippets/", "cms/api/main/^pages", "cms/^freigabe", "cms/korrektur",
         "cms/workflows/")  # fmt: skip
API_ACTIONS = ("publish", "copy", "create_alias", "convert_alias", "move", "revert_to_page_revision", "unpublish",
               "delete", "copy_for_translation")  # fmt: skip
BULK = ("publish", "unpublish", "move", "delete")
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
NAMED_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")


@dataclass
class Target:
    """Something with a pending change: the object, what is on its way, and where it could go."""

    subject: Any
    other: Any
    state: Any
    user: User

    @property
    def is_page(self) -> bool:
        return isinstance(self.subject, ArticlePage)


def routes(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    for part in (resolver or get_resolver()).url_patterns:
        path = prefix + str(part.pattern)
        if hasattr(part, "url_patterns"):
            yield from routes(part, path)
        elif path.startswith(AREAS):
            yield path


def choices(route: str, name: str, target: Target) -> list[Any]:
    """Return what to put in for an argument."""
    subject, state = target.subject, target.state
    parent = subject.get_parent().pk if target.is_page else 0
    fixed: dict[str, list[Any]] = {
        "page_id": [subject.pk], "page_to_move_id": [subject.pk], "parent_page_id": [parent], "page_pk": [1],
        "destination_id": [target.other.pk], "revision_id": [subject.latest_revision_id],
        "revision_id_a": ["live"], "revision_id_b": ["latest"],
        "task_state_id": [state.pk if state else 0], "task_id": [state.task_id if state else 0],
        "workflow_state_id": [state.workflow_state_id if state else 0], "workflow_pk": [1],
        "content_type_app_name": ["knowledge"], "content_type_model_name": ["articlepage"],
        "action": ["freigeben", "zurueckgeben", "zurueckziehen"] if "freigabe" in route else list(BULK),
        "action_name": list(API_ACTIONS) if "api/" in route else ["approve", "reject"],
        "app_label": ["knowledge" if "bulk" not in route else subject._meta.app_label],
        "model_name": ["articlepage" if "bulk" not in route else subject._meta.model_name],
    }  # fmt: skip
    if "bulk" in route and target.is_page:
        fixed |= {"app_label": ["wagtailcore"], "model_name": ["page"]}
    if name == "pk":
        in_review = "freigabe" in route and state
        return [state.workflow_state_id if in_review else 1 if "workflows/" in route else subject.pk]
    return fixed[name]


def addresses(target: Target) -> Iterator[tuple[str, str]]:
    """Yield (route, address) for everything that may concern the target."""
    for route in routes():
        other_kind = (
            "cms/snippets/" in route if target.is_page else route.startswith(("cms/pages/", "cms/api", "cms/korr"))
        )
        model = target.subject._meta.model_name
        if other_kind or ("cms/snippets/knowledge" in route and f"/{model}/" not in route) or ".*" in route:
            continue
        paths = [route]
        for pattern in (NAMED_GROUP, CONVERTER):
            for name in dict.fromkeys(pattern.findall(route)):
                paths = [
                    re.sub(rf"\(\?P<{name}>[^)]*\)|<(?:\w+:)?{name}>", str(value), path)
                    for path in paths
                    for value in choices(route, name, target)
                ]
        for path in paths:
            yield route, "/" + re.sub(r"\\(.)", r"\1", path).replace("^", "").replace("$", "")


def payloads(route: str, target: Target) -> Iterator[dict[str, Any]]:
    """Yield what to send: forms with each action, or a bit of everything."""
    general = {
        "comment": "Geht so.", "include_descendants": "on", "new_title": "Kopie", "new_slug": "kopie",
        "new_parent_page": target.other.pk, "publish_copies": "on", "copy_subpages": "on", "alias": "on",
        "restriction_type": "none", "chooser": target.other.pk, "text": "Ein Hinweis.", "term": "Neu",
    }  # fmt: skip
    if not any(word in route for word in ("edit/", "add/", "revert/", "copy/")):
        yield general
        return
    data = editor_data(
        target.subject, target.user, change_significance="minor", **_text(target.subject, "Allein.")
    )
    yield {**general, **data, "action-publish": "1"}
    yield {**general, **data, "action-submit": "1"}
    yield {
        **general, **data, "action-workflow-action": "1", "workflow-action-name": "approve",
        "workflow-action-extra-data": json.dumps({"comment": ""}),
    }  # fmt: skip
    yield {**general, **data, "overwrite_revision_id": target.subject.latest_revision_id}


def _text(subject: Any, text: str) -> dict[str, str]:
    return {"short_answer": text} if isinstance(subject, ArticlePage) else {"meaning": text}


def seen_by_readers() -> dict[Any, Any]:
    """Return everything live with its text, by kind and number."""
    found: dict[Any, Any] = {("page", pk): title for pk, title in Page.objects.live().values_list("pk", "title")}
    for model, names in (
        (ArticlePage, ("title", "short_answer", "rendered", "live_revision_id", "legal_basis")),
        (GlossaryTerm, ("term", "meaning", "synonyms", "live_revision_id")),
        (Act, ("abbreviation", "title", "summary", "live_revision_id")),
    ):
        for row in model.objects.filter(live=True).values("pk", *names):
            found[model, row.pop("pk")] = row
    return found


@dataclass
class Before:
    """What there is before each trial, because each one is undone."""

    seen: dict[Any, Any]
    released: list[int]

    @classmethod
    def now(cls) -> Before:
        return cls(seen_by_readers(), list(Release.objects.values_list("revision_id", flat=True)))


def trial(client: PortalClient, route: str, address: str, data: dict[str, Any], before: Before) -> str:
    """Post once, undo it, and return what was published without a release by two people; empty when nothing."""
    with transaction.atomic():
        if "api/" in route:
            api = {"keep_live": True, "recursive": False, "slug": "neu", "destination_page_id": data["chooser"],
                   "revision_id": data.get("overwrite_revision_id", 0)}  # fmt: skip
            client.post(address, json.dumps(api), content_type="application/json")
        else:
            client.post(f"{address}?id={data['bulk_id']}" if "bulk" in route else address, data)
        after = seen_by_readers()
        releases = list(Release.objects.exclude(revision_id__in=before.released).select_related("revision"))
        transaction.set_rollback(True)
    new = {key for key, value in after.items() if before.seen.get(key) != value}
    if new and not releases:
        return f"{address} {sorted(map(str, new))}"
    return "".join(f"released:{row.revision.user_id}:{row.released_by_id}" for row in releases)


def prepare(actor: User, author: User, kind: str, *, submitted: bool) -> Target:
    """Make a live object with a pending change of the author."""
    anna, bernd = person("Erste"), person("Zweite", REVIEWER)
    subject = draft_article(anna) if kind == "page" else draft_term(anna)
    services.approve(task_state=submit(subject, anna), user=bernd)
    save(subject, author, change_significance="minor", **_text(subject, "Neue Fassung."))
    state = submit(subject, author) if submitted else None
    return Target(type(subject).objects.get(pk=subject.pk), factories.topic("Anderswo"), state, actor)


def make_actor(name: str) -> User:
    superuser = name == "Superuser"
    user = make_user("root@kkv.example", is_superuser=True) if superuser else person("Handelnde", name)
    add_totp(user)
    return user


def _marks(actor: str, whose: str) -> Any:
    """The strongest case runs with every unit run and on every database, the others with the slow tests, once."""
    return () if (actor, whose) == ("Superuser", "own") else (pytest.mark.slow, pytest.mark.once)


CASES = [
    pytest.param(actor, whose, id=f"{actor}-{whose}", marks=_marks(actor, whose))
    for actor in ACTORS
    for whose in ("own", "foreign")
]


@pytest.mark.parametrize("submitted", [True, False], ids=["submitted", "draft"])
@pytest.mark.parametrize("kind", ["page", "snippet"])
@pytest.mark.parametrize(("actor", "whose"), CASES)
def test_no_address_publishes_alone(actor: str, whose: str, kind: str, submitted: bool) -> None:
    user = make_actor(actor)
    author = user if whose == "own" else person("Autorin", EDITOR)
    tried, findings = 0, []
    client = PortalClient(raise_request_exception=False)
    with quiet(), without_rendering():
        target = prepare(user, author, kind, submitted=submitted)
        client.force_login(user)
        before, revisions = Before.now(), Revision.objects.count()
        for route, address in addresses(target):
            for data in payloads(route, target):
                data["bulk_id"] = target.subject.pk
                found = trial(client, route, address, data, before)
                tried += 1
                if found:
                    findings.append((found, route))
    assert Revision.objects.count() == revisions
    assert tried > (45 if kind == "page" else 35), tried
    expected = set()
    if whose == "foreign" and submitted and actor in {REVIEWER, "Superuser"}:
        expected = {f"released:{author.pk}:{user.pk}"}
    assert {found for found, _ in findings} == expected, findings


def test_the_matrix_covers_all_addresses() -> None:
    found = list(routes())
    needed = (
        "unpublish revert copy convert_alias privacy move set_position bulk workflow/action freigabe korrektur"
    )
    for part in (*needed.split(), "glossaryterm/edit", "act/add", "api/main"):
        assert any(part in route for route in found), part
