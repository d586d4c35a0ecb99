"""One work item for each page whose review is due: opened for its owner, put away when it is no longer due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from knowledge.upkeep.due import REVIEW_DUE, DuePage, work_key
from knowledge.upkeep.queries import due_pages
from knowledge.upkeep.reminders import Staff
from portal.accounts.models import User
from portal.core import work
from portal.core.models import WorkItem

CHUNK = 100


@transaction.atomic
def _open(pages: Iterable[DuePage], staff: Staff) -> None:
    wanted = list(pages)
    present = Page.objects.in_bulk([page.pk for page in wanted])
    owners: dict[int | None, int] = {pk: pk for pk in staff.everybody}
    for page in wanted:
        if page.pk not in present:  # deleted meanwhile
            continue
        item = work.open_item(
            kind=REVIEW_DUE, title=f"Prüfung fällig: {page.title}", dedupe_key=work_key(page.pk),
            page=present[page.pk], source="Prüffrist der Seite", due_on=page.due_on,
        )  # fmt: skip
        owner = owners.get(staff.first_of(page))
        if item.owner_id not in staff.everybody and item.owner_id != owner:
            taking_over = User.objects.filter(pk=owner).first() if owner else None
            work.change_item(item=item, actor=None, changes={"owner": taking_over})


def sync_work_items(today: date | None = None) -> str:
    """Open an item for each due page, give those of people who have left to the owner, close what is settled.

    What a person has closed for a due date stays closed.
    """
    pages = due_pages(today or timezone.localdate())
    staff = Staff.now()
    rows = WorkItem.objects.filter(kind=REVIEW_DUE).values_list("dedupe_key", "due_on", "state", "owner_id")
    fine, opened = set(), set()
    for key, due_on, state, owner in rows:
        if state == WorkItem.State.OPEN:
            opened.add(key)
        if state != WorkItem.State.OPEN or owner in staff.everybody:
            fine.add((key, due_on))
    # An open item without a valid owner is looked at again only when the page has somebody.
    todo = [
        page for page in pages
        if (work_key(page.pk), page.due_on) not in fine
        and (work_key(page.pk) not in opened or staff.first_of(page) is not None)
    ]  # fmt: skip
    for start in range(0, len(todo), CHUNK):
        _open(todo[start : start + CHUNK], staff)
    settled = opened - {work_key(page.pk) for page in pages}
    for key in settled:
        work.close_item(kind=REVIEW_DUE, dedupe_key=key, state=WorkItem.State.DISMISSED)
    return f"{len(todo)} Aufgaben angelegt oder geändert, {len(settled)} erledigt" if todo or settled else ""
