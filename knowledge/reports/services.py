"""Reports handed in become drafts and work; contacts end with their consent, in every revision.

Nobody of the centre has written the draft: its revision has no author, so that two people release it.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.models import Revision

from knowledge.models import ArticlePage, FieldReport, PageSource, TopicPage
from knowledge.reports.queries import KIND
from portal.core import audit, work
from portal.core.addresses import free_slug
from portal.core.signals import announce

log = logging.getLogger(__name__)

REPORT_KIND = "field-report"
SUBMITTED, FORGOTTEN = "report.submitted", "report.contact_removed"
ANSWER_WITHIN = timedelta(days=14)
SAME_WITHIN = timedelta(minutes=10)
_CONTACT: dict[str, Any] = {
    "contact_name": "", "contact_email": "", "contact_consent": False, "contact_until": None,
}  # fmt: skip


@transaction.atomic
def submit(*, person: Any, municipality: Any, topic: TopicPage, data: dict[str, Any]) -> ArticlePage:
    """Make a draft of what somebody of a municipality tells, and the work of looking at it.

    `data`: title, product, effort_days, summary, story, lessons, contact_name, contact_email, contact_consent,
    contact_until. The very same form sent twice is one report; with anything else in it, it is another one.
    """
    page = _draft(municipality, data, free_slug(topic, data["title"], "praxisbericht"))
    if (known := _sent_before(page, person, municipality, topic, data)) is not None:
        return known
    stored = ("product", "effort_days", *(_CONTACT if data["contact_consent"] else ()))
    report = [
        FieldReport(
            municipality=municipality, size_class=municipality.size_class, submitted_by=person,
            submitted_at=timezone.now(),
            **{name: data[name] for name in stored},
        )
    ]  # fmt: skip
    page.field_reports = report
    topic.add_child(instance=page)
    page.save_revision(clean=False)
    work.open_item(
        kind=REPORT_KIND, dedupe_key=f"page:{page.pk}", title=f"Praxisbericht: {page.title}", page=page,
        source=f"Eingereicht aus: {municipality.name}", due_on=timezone.localdate() + ANSWER_WITHIN,
    )  # fmt: skip
    audit.record(SUBMITTED, actor=person, subject=page, municipality=municipality.pk)
    log.info("report.submitted", extra={"page": page.pk})
    return page


def _sent_before(page: Any, person: Any, municipality: Any, topic: TopicPage, data: dict[str, Any]) -> Any:
    """Return the page of a report somebody has sent within the last minutes, every value of it the same; or None.

    `page` is what the form would make. Without consent nothing of a contact is stored, nor compared.
    """
    contact = {name: data[name] for name in _CONTACT} if data["contact_consent"] else _CONTACT
    recent = FieldReport.objects.filter(
        submitted_by=person, submitted_at__gte=timezone.now() - SAME_WITHIN, municipality=municipality,
        product=data["product"], effort_days=data["effort_days"], **contact,
    )  # fmt: skip
    pages = ArticlePage.objects.child_of(topic).filter(
        pk__in=recent.values("page"), title=page.title, short_answer=page.short_answer
    )
    texts = [block.value for block in page.body]
    return next((known for known in pages if [block.value for block in known.body] == texts), None)


def _draft(municipality: Any, data: dict[str, Any], slug: str) -> Any:
    today = timezone.localdate()
    body = f"## Vorgehen\n\n{data['story']}\n\n## Was wir gelernt haben\n\n{data['lessons']}"
    page: Any = ArticlePage(
        title=data["title"], slug=slug, live=False, kind=KIND, short_answer=data["summary"],
        no_legal_basis=True, content_as_of=today,
        applies_to_sizes=[municipality.size_class] if municipality.size_class else [],
    )  # fmt: skip
    page.body = [("markdown", body)]
    page.sources = [PageSource(sort_order=0, title=f"Angaben der Kommune {municipality.name}, {today:%d.%m.%Y}")]
    return page


@transaction.atomic
def remove_contact(*, page: ArticlePage, actor: Any = None) -> None:
    """Delete the contact of a report everywhere at once: a consent ends without a release."""
    _forget(page)
    audit.record(FORGOTTEN, actor=actor, subject=page)


def named_contacts(person: Any) -> int:
    """Return how many reports somebody has handed in still name a contact."""
    return len(_naming(person))


def _naming(person: Any) -> list[ArticlePage]:
    named = FieldReport.objects.filter(submitted_by=person).exclude(contact_name="", contact_email="")
    return list(ArticlePage.objects.filter(alias_of=None, field_reports__in=named).distinct())


def end_contacts(person: Any, successor: Any) -> int:
    """Delete the contacts of somebody whose account is closed: nobody could take the consent back any more."""
    pages = _naming(person)
    for page in pages:
        remove_contact(page=page)
    return len(pages)


def _forget(page: ArticlePage, until: date | None = None) -> bool:
    """Delete contacts of a page, all or those whose last day is before `until`; tell whether there were any.

    Wagtail gives each alias of the page a row of its own, which goes with it.
    """
    rows = FieldReport.objects.filter(Q(page=page.pk) | Q(page__alias_of=page.pk))
    gone: dict[str, Any] = {**_CONTACT, "contact_withdrawn": True}
    if until is not None:
        gone = _CONTACT
        rows = rows.exclude(contact_name="", contact_email="")
        rows = rows.filter(Q(contact_until__lt=until) | Q(contact_until=None))
    found = bool(rows.update(**gone))
    for revision in Revision.objects.for_instance(page).order_by("pk").iterator(chunk_size=20):
        reports = revision.content.get("field_reports") or []
        over = [report for report in reports if _is_over(report, until)]
        for report in over:
            report.update(gone)
        if over:
            found = True
            Revision.objects.filter(pk=revision.pk).update(content=revision.content)
    if found:
        announce(page)
    return found


def _is_over(report: dict[str, Any], until: date | None) -> bool:
    """A withdrawal marks every version, those without a contact too: one written from them has none."""
    if until is None:
        return True
    named = report.get("contact_name") or report.get("contact_email")
    return bool(named and str(report.get("contact_until") or "") < until.isoformat())


def forget_expired() -> str:
    """Delete each contact whose consent has ended; the daily job. Days are local."""
    today = timezone.localdate()
    pages = ArticlePage.objects.filter(Q(kind=KIND) | Q(field_reports__isnull=False)).distinct()
    count = 0
    for page in pages.order_by("pk"):
        with transaction.atomic():
            if _forget(page, today):
                count += 1
                audit.record(FORGOTTEN, subject=page)
    return f"{count} abgelaufene Kontakte gelöscht" if count else ""
