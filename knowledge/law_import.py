"""Storing law texts: one transaction per act, changed provisions marked, citing pages given to a reviewer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from knowledge.acts import fold
from knowledge.citations import section_key, section_keys
from knowledge.law_text import ParsedLaw, ParsedSection
from knowledge.models import Act, LawSection, LawText, LegalReference
from knowledge.services import renew_ranges
from portal.core import work
from portal.core.signals import announce
from portal.core.text import german_slug
from search import changes

REVIEW_LAW = "review-law"
REVIEW_ACT = "review-act"
_DUE_DAYS = 30
_FIELDS = ["position", "number", "heading", "key", "html", "text", "text_hash", "changed_on"]


class LawImportError(ValueError):
    """A text that must not be stored; the message says why."""


@dataclass
class Outcome:
    """What storing one text did, or would do."""

    act: str
    sections: int
    created_act: bool = False
    new: bool = False
    changed: list[str] = field(default_factory=list)
    pages: int = 0

    def __str__(self) -> str:
        if self.new:
            what = f"{self.sections} Abschnitte neu"
        elif self.changed:
            what = f"{len(self.changed)} Abschnitte geändert, {self.pages} Seiten zu prüfen"
        else:
            what = "unverändert"
        return f"{self.act}: {what}" + (" (Rechtsvorschrift als Entwurf angelegt)" if self.created_act else "")


def find_act(law: ParsedLaw) -> Act | None:
    """Return the act a text belongs to, by abbreviation, title or other spelling, drafts included."""
    wanted = [fold(name) for name in law.names]
    by_name: dict[str, Act] = {}
    for act in Act.objects.order_by("-live", "pk"):
        for name in (act.abbreviation, act.title, *act.alias_list):
            by_name.setdefault(fold(name), act)
    return next((by_name[name] for name in wanted if name in by_name), None)


def _draft_act(law: ParsedLaw) -> Act:
    """Make an unpublished act and ask somebody to decide whom it binds."""
    name = law.names[0][:60]
    act = Act(
        abbreviation=name,
        slug=german_slug(name) or "rechtsvorschrift",
        title=law.title[:500],
        aliases="\n".join(other for other in law.names[1:] if other not in (name, law.title)),
        level=Act.Level.BUND,
        live=False,
    )
    act.save()
    work.open_item(
        kind=REVIEW_ACT,
        dedupe_key=act.slug,
        title=f"Neue Rechtsvorschrift {name}: Bindet sie Kommunen?",
        note="Beim Einlesen des Wortlauts als Entwurf angelegt. Ebene und Bindung prüfen, dann freigeben.",
        source=law.title,
        due_on=timezone.localdate() + timedelta(days=_DUE_DAYS),
    )
    return act


def store_law(law: ParsedLaw, *, state: date, dry_run: bool = False) -> Outcome:
    """Store one text as it stands at `state`; with `dry_run` everything is rolled back.

    Raises:
        LawImportError: a newer state is stored already.
    """
    with transaction.atomic():
        act = find_act(law)
        outcome = Outcome(act.abbreviation if act else law.names[0], len(law.sections), created_act=act is None)
        _store(law, act or _draft_act(law), state, outcome)
        if dry_run:
            transaction.set_rollback(True)
    return outcome


def _store(law: ParsedLaw, act: Act, state: date, outcome: Outcome) -> None:
    stored = LawText.objects.filter(act=act).first()
    if stored and stored.state_date > state:
        raise LawImportError(
            f"Für {act} ist schon der Stand {stored.state_date:%d.%m.%Y} gespeichert; "
            f"der Stand {state:%d.%m.%Y} ist älter."
        )
    outcome.new = stored is None
    if stored and stored.content_hash == law.content_hash:
        if stored.state_date != state:
            LawText.objects.filter(pk=stored.pk).update(state_date=state)
            announce(act)
        return
    before = {section.anchor: section for section in stored.sections.all()} if stored else {}
    values = {
        "title": law.title[:500],
        "enacted_on": law.enacted_on,
        "state_date": state,
        "content_hash": law.content_hash,
    }
    citing = _citing(act)
    text, _ = LawText.objects.update_or_create(act=act, defaults=values)
    _store_sections(text, law, before, state)
    renew_ranges(act=act)
    if stored:
        changed = _changed(law, before)
        outcome.changed = [name for name, _ in changed]
        outcome.pages = _open_reviews(act, changed, state, citing | _citing(act))
    announce(act)


def _store_sections(text: LawText, law: ParsedLaw, before: dict[str, LawSection], state: date) -> None:
    """Keep the row of every section that stays, as the search knows it by that, and remove the others."""
    rows = [_section(text, position, item, before, state) for position, item in enumerate(law.sections)]
    kept = {row.pk for row in rows if row.pk is not None}
    gone = [section.pk for section in before.values() if section.pk not in kept]
    if gone:
        text.sections.filter(pk__in=gone).delete()
        changes.record(LawSection, gone)
    LawSection.objects.bulk_update([row for row in rows if row.pk is not None], _FIELDS, batch_size=100)
    LawSection.objects.bulk_create([row for row in rows if row.pk is None], batch_size=200)


def _section(
    text: LawText, position: int, item: ParsedSection, before: dict[str, LawSection], state: date
) -> LawSection:
    old = before.get(item.anchor)
    unchanged = old is not None and old.text_hash == item.text_hash
    changed_on = (old.changed_on if unchanged and old else state) if before else None
    return LawSection(
        pk=old.pk if old else None, law_text=text, position=position, number=item.number, heading=item.heading,
        anchor=item.anchor, key=item.key, html=item.html, text=item.text, text_hash=item.text_hash,
        changed_on=changed_on,
    )  # fmt: skip


def _changed(law: ParsedLaw, before: dict[str, LawSection]) -> list[tuple[str, str]]:
    """Return (number, key) of the sections that are new, worded differently, or gone."""
    now = {item.anchor: item for item in law.sections}
    found = [
        (item.number, item.key)
        for item in law.sections
        if item.anchor not in before or before[item.anchor].text_hash != item.text_hash
    ]
    return found + [(old.number, old.key) for anchor, old in before.items() if anchor not in now]


def _citing(act: Act) -> set[tuple[int, str]]:
    return set(LegalReference.objects.filter(act=act).values_list("page_id", "key"))


def _open_reviews(act: Act, changed: list[tuple[str, str]], state: date, citing: set[tuple[int, str]]) -> int:
    """Open one review item for every page that cites a changed provision; an open one is extended.

    A range loses a section that is gone and gets one that is new, so `citing` is what was cited before and after.
    """
    numbers: dict[str, str] = {}
    for number, key in changed:  # "§§ 10 bis 12" are three
        numbers |= dict.fromkeys(section_keys(key, number), number)
    cited: dict[int, list[str]] = {}
    for page_id, key in sorted(citing):
        number = numbers.get(section_key(key), "")
        if number and number not in cited.setdefault(page_id, []):
            cited[page_id].append(number)
    pages = Page.objects.filter(pk__in=[pk for pk, found in cited.items() if found]).specific()
    for page in pages:
        _open_review(act, page, cited[page.pk], state)
    return len(pages)


def _open_review(act: Act, page: Page, numbers: list[str], state: date) -> None:
    note = f"{', '.join(sorted(numbers))} {act}: Text geändert, Stand {state:%d.%m.%Y}."
    work.open_review(
        kind=REVIEW_LAW,
        dedupe_key=f"{act.pk}:{page.pk}",
        title=f"Geändertes Recht prüfen: {page.title}",
        page=page,
        note=note,
        source=f"{act}, Stand {state:%d.%m.%Y}",
        days=_DUE_DAYS,
    )
