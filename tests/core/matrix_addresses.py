"""The addresses of the admin that take a POST, read from the URL patterns, and what to put into them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from django.urls import get_resolver, reverse
from wagtail.admin.viewsets.pages import base_page_viewset

from knowledge.models import ArticlePage, GlossaryTerm
from tests.core.matrix_room import Target

PER_OBJECT = ("cms/pages/", "cms/bulk/", "cms/snippets/knowledge/", "cms/snippets/choose/", "cms/api/main/^pages",
              "cms/^freigabe", "cms/korrektur", "cms/workflows/", "cms/pruefungen/",
              "cms/fachleute/<int:pk>/")  # fmt: skip
"""Where an address is about one page or snippet: tried with each target."""
API_ACTIONS = ("publish", "copy", "revert_to_page_revision", "create_alias", "convert_alias", "move", "unpublish",
               "delete", "copy_for_translation")  # fmt: skip
BULK = ("publish", "unpublish", "move", "delete")
DECISIONS = ("freigeben", "zurueckgeben", "zurueckziehen")
COULD_PUBLISH = re.compile(
    r":(edit|add|copy|revisions_revert|convert_alias|workflow_action|action)$|^review_decide$|^wagtail_bulk_action$"
)
"""What is tried with every kind; the rest does not look at the kind and is tried with an article and a term."""
FULL = (ArticlePage, GlossaryTerm)


@dataclass(frozen=True)
class Address:
    """One pattern of the admin that answers to POST."""

    name: str
    path: str
    arguments: tuple[str, ...]

    @property
    def per_object(self) -> bool:
        return bool(self.name) and self.path.startswith(PER_OBJECT) and self.name != "expert_revoke"


def _inner(view: Any, depth: int = 0) -> Iterator[Any]:
    """Yield a view and those it wraps: decorators keep theirs in their closure."""
    yield view
    names = getattr(getattr(view, "__code__", None), "co_freevars", ())
    for name, cell in zip(names, getattr(view, "__closure__", None) or (), strict=False):
        if name == "view_name":
            yield from _inner(base_page_viewset.get_view_by_name(cell.cell_contents), depth + 1)
        elif callable(cell.cell_contents) and depth < 8:
            yield from _inner(cell.cell_contents, depth + 1)


def takes_post(view: Any) -> bool:
    """True unless a class says that it does not; a function may always."""
    for inner in _inner(view):
        if hasattr(inner, "actions") and hasattr(inner, "cls"):
            return "post" in (inner.actions or {})
        view_class = getattr(inner, "view_class", None)
        if view_class is not None:
            return any(hasattr(view_class, name) for name in ("post", "put", "patch", "delete"))
    return True


def _walk(resolver: Any, path: str, name: str) -> Iterator[Address]:
    for part in resolver.url_patterns:
        here = path + str(part.pattern)
        if hasattr(part, "url_patterns"):
            yield from _walk(part, here, f"{name}{part.namespace}:" if part.namespace else name)
        elif here.startswith("cms/") and takes_post(part.callback):
            arguments = tuple(part.pattern.converters) or tuple(part.pattern.regex.groupindex)
            yield Address(f"{name}{part.name}" if part.name else "", here, arguments)


@cache
def addresses() -> tuple[Address, ...]:
    return tuple(_walk(get_resolver(), "", ""))


def values(address: Address, argument: str, target: Target) -> list[Any]:
    """Return what to put in for an argument; an unknown one fails. Of further kinds only what could publish."""
    subject, state = target.subject, target.state
    full = isinstance(subject, FULL)
    meta = subject._meta
    kind = {"app_label": meta.app_label, "model_name": meta.model_name}
    if address.name == "wagtail_bulk_action" and target.is_page:
        kind = {"app_label": "wagtailcore", "model_name": "page"}
    if argument == "pk":
        if address.name == "review_decide":
            return [state.workflow_state_id if state else 0]
        return [1 if "workflows/" in address.path else subject.pk]
    if argument == "action":
        return list((DECISIONS if address.name == "review_decide" else BULK)[: None if full else 1])
    if argument == "action_name":
        return list((API_ACTIONS if "api/" in address.path else ("approve", "reject"))[: None if full else 3])
    fixed: dict[str, Any] = {
        "page_id": subject.pk, "page_to_move_id": subject.pk, "page_pk": 1, "workflow_pk": 1,
        "parent_page_id": subject.get_parent().pk if target.is_page else 0, "destination_id": target.other.pk,
        "revision_id": subject.latest_revision_id, "task_state_id": state.pk if state else 0,
        "task_id": state.task_id if state else 0, "workflow_state_id": state.workflow_state_id if state else 0,
        "content_type_app_name": meta.app_label, "content_type_model_name": meta.model_name, **kind,
    }  # fmt: skip
    return [fixed[argument]]


def concerns(address: Address, target: Target) -> bool:
    """True when an address can be about the target, and is not one that its kind makes no difference to."""
    if not address.per_object:
        return False
    snippet = address.name.startswith(("wagtailsnippets_", "wagtailsnippetchoosers_"))
    if snippet and not address.name.split(":")[0].endswith(f"_{target.subject._meta.model_name}"):
        return False
    if "cms/workflows/" in address.path:
        return isinstance(target.subject, ArticlePage)
    if not snippet and not target.is_page and not address.path.startswith(("cms/bulk/", "cms/^freigabe")):
        return False
    return isinstance(target.subject, FULL) or bool(COULD_PUBLISH.search(address.name))


def urls(address: Address, target: Target) -> Iterator[str]:
    options = [values(address, name, target) for name in address.arguments]
    for chosen in product(*options):
        yield reverse(address.name, kwargs=dict(zip(address.arguments, chosen, strict=True)))
