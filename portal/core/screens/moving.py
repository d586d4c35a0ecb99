"""Why a page cannot be moved, in the same words for one page and for many; nothing moves then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.pages.bulk_actions.move import MoveBulkAction
from wagtail.models import Page

from portal.core.addresses import taken_by_moving

UNDER_ITSELF = "Eine Seite kann nicht unter sich selbst oder eine ihrer Unterseiten verschoben werden."
NOT_ALLOWED = "Sie dürfen „{title}“ nicht verschieben. Bitten Sie die Fachprüfung oder die Administration darum."
NO_ROOM = (
    "Sie dürfen „{title}“ nicht unter „{target}“ verschieben: Dort fehlt Ihnen das Recht, Seiten anzulegen. "
    "Wählen Sie ein anderes Ziel, oder bitten Sie die Administration darum."
)
WRONG_KIND = "„{title}“ ({kind}) kann nicht unter „{target}“ ({target_kind}) stehen. {possible}"
ONLY_ONE = "„{title}“ ({kind}) kann nicht unter „{target}“ stehen: Dort gibt es schon eine Seite dieser Art."
SAME_ADDRESS = (
    "„{title}“ kann nicht unter „{target}“ stehen: Dort gäbe es die Adresse „{slug}“ zweimal. "
    "Ändern Sie zuerst die Adresse einer der beiden Seiten."
)
NOT_REACHED = (
    "„{title}“ kann nicht unter „{target}“ stehen: Unter der Adresse „{address}“ steht schon eine feste Seite des "
    "Portals. Ändern Sie zuerst die Adresse der Seite."
)
NOTHING_MOVED = "Keine der gewählten Seiten wurde verschoben."
CHANGED_MEANWHILE = "Mindestens eine der gewählten Seiten darf dort nicht stehen."
MOST = 10  # so many reasons are read out, the rest is counted


def _kind(model: Any) -> str:
    return str(getattr(model, "kind_label", "") or model._meta.verbose_name)


def _misplaced(page: Any, target: Any, words: dict[str, str]) -> str:
    """Return why a kind of page does not belong under another, or nothing."""
    if page.is_child_of(target) or page.can_move_to(target):
        return ""
    allowed = page.allowed_parent_page_models()
    if target.specific_class in allowed:
        return ONLY_ONE.format(**words)
    names = sorted({_kind(model) for model in allowed if model is not Page})
    possible = f"Möglich ist das Ziel: {', '.join(names)}." if names else "Sie bleibt, wo sie ist."
    return WRONG_KIND.format(**words, possible=possible)


def refusal(user: Any, page: Any, target: Any) -> str:
    """Return why this person cannot move a page below another one, or nothing."""
    if target.pk == page.pk or target.is_descendant_of(page):
        return UNDER_ITSELF
    page, target = page.specific, target.specific
    words = {"title": page.title, "kind": _kind(type(page)), "target": target.title, "slug": page.slug,
             "target_kind": _kind(type(target))}  # fmt: skip
    tester = page.permissions_for_user(user)
    if not tester.can_move():
        return NOT_ALLOWED.format(**words)
    if reason := _misplaced(page, target, words):
        return reason
    if not Page._slug_is_available(page.slug, target, page=page):
        return SAME_ADDRESS.format(**words)
    if address := taken_by_moving(page, target):
        return NOT_REACHED.format(**words, address=address)
    return "" if tester.can_move_to(target) else NO_ROOM.format(**words)


@hooks.register("before_move_page")
def refuse_to_move(request: HttpRequest, page: Any, destination: Any) -> HttpResponse | None:
    """Say why a page stays where it is; Wagtail asks for a confirmation first and then denies access."""
    reason = refusal(request.user, page, destination)
    if not reason:
        return None
    messages.error(request, reason)
    return redirect("wagtailadmin_explore", page.get_parent().pk)


def _same_slugs(pages: Iterable[Any]) -> list[Any]:
    """Return the pages whose address an earlier one of the selection has."""
    seen: set[str] = set()
    found = []
    for page in pages:
        if page.slug in seen:
            found.append(page)
        seen.add(page.slug)
    return found


@hooks.register("register_bulk_action", order=1)  # after Wagtail's own, which it replaces
class MovePages(MoveBulkAction):
    """Wagtail's move of many pages, which says why it refuses, and moves all of them or none."""

    def get_actionable_objects(self) -> tuple[list[Any], dict[str, Any]]:
        """Also refuse pages whose addresses would meet at the new place, or that a view answers there."""
        pages, without = super().get_actionable_objects()
        if self.cleaned_form is None:
            return pages, without
        target = self.cleaned_form.cleaned_data["chooser"]
        hidden = [page for page in pages if taken_by_moving(page, target)]
        without["pages_without_destination_access"] += self._rows(hidden)
        pages = [page for page in pages if page not in hidden]
        twice = _same_slugs(pages)
        without["pages_with_duplicate_slugs"] += self._rows(twice)
        return [page for page in pages if page not in twice], without

    def _rows(self, pages: Iterable[Any]) -> list[dict[str, Any]]:
        user = self.request.user
        return [{"item": page, "can_edit": page.permissions_for_user(user).can_edit()} for page in pages]

    def _say(self, reasons: Iterable[str]) -> None:
        said = list(dict.fromkeys(reasons))
        for reason in said[:MOST]:
            messages.error(self.request, reason)
        more = f"Das gilt auch für {len(said) - MOST} weitere Seiten. " if len(said) > MOST else ""
        messages.error(self.request, more + NOTHING_MOVED)

    def prepare_action(self, pages: Any, pages_without_access: dict[str, Any]) -> HttpResponse | None:
        """Wagtail shows the selection again where a page cannot be moved; the reasons are told with it."""
        answer: HttpResponse | None = super().prepare_action(pages, pages_without_access)
        if answer is not None:
            target = self.cleaned_form.cleaned_data["chooser"]
            refused = [row["item"] for row in pages_without_access["pages_without_destination_access"]]
            meeting = [row["item"] for row in pages_without_access["pages_with_duplicate_slugs"]]
            told = [refusal(self.request.user, page, target) for page in refused]
            told += [
                SAME_ADDRESS.format(title=page.title, target=target.title, slug=page.slug) for page in meeting
            ]
            self._say(reason or CHANGED_MEANWHILE for reason in told)
        return answer

    def form_valid(self, form: Any) -> HttpResponse:
        """Move; what only the first moves make impossible undoes them."""
        try:
            answer: HttpResponse = super().form_valid(form)
        except (PermissionDenied, ValidationError):
            self._say([CHANGED_MEANWHILE])
            return redirect(self.next_url)
        return answer
