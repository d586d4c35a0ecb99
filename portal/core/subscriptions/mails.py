"""The mails to subscribers: plain text, with the way out in every one of them (RFC 8058, RFC 2369)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from portal.core.models import Delivery, Publication, Subscriber
from portal.core.seo import absolute, optional_url
from portal.core.subscriptions import queries, registry, tokens

MAX_ENTRIES = 40
MAX_SUBJECT = 120


@dataclass
class Entry:
    """A thing that changed, with the note of each version, oldest first."""

    title: str
    url: str
    notes: list[tuple[date, str]] = field(default_factory=list)


@dataclass
class Group:
    """The entries of one topic."""

    title: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def underline(self) -> str:
        return "-" * len(self.title)


def one_line(text: str) -> str:
    return " ".join(text.split())


def grouped(publications: Sequence[Publication], told: dict[int, registry.Told]) -> list[Group]:
    """Return what may be told, by topic and title; several versions of one thing stand together."""
    entries: dict[tuple[str, str, str], Entry] = {}
    groups: dict[str, Group] = {}
    for publication in sorted(publications, key=lambda row: (row.published_at, row.pk)):
        found = told.get(publication.pk)
        if found is None:
            continue
        key = (found.group, found.url, found.title)  # what was replaced has the address of something else
        entry = entries.get(key)
        if entry is None:
            entry = Entry(one_line(found.title), absolute(found.url))
            entries[key] = entry
            groups.setdefault(found.group, Group(one_line(found.group))).entries.append(entry)
        entry.notes.append((timezone.localdate(publication.published_at), one_line(publication.note)))
    for group in groups.values():
        group.entries.sort(key=lambda entry: entry.title.casefold())
    return sorted(groups.values(), key=lambda group: group.title.casefold())


def _shortened(groups: list[Group]) -> tuple[list[Group], int]:
    """Keep the first entries and say how many are left out."""
    left, kept = MAX_ENTRIES, []
    for group in groups:
        entries = group.entries[:left]
        left -= len(entries)
        if entries:
            kept.append(Group(group.title, entries))
    total = sum(len(group.entries) for group in groups)
    return kept, total - sum(len(group.entries) for group in kept)


def _headers(subscriber: Subscriber, message_id: str, *, leave: str = "") -> dict[str, str]:
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if leave:
        headers["List-Unsubscribe"] = f"<{leave}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _mail(subscriber: Subscriber, subject: str, template: str, context: dict[str, Any]) -> EmailMessage:
    leave = str(context.get("leave_url", ""))
    message_id = context.pop("message_id")
    shared = {"site": settings.SITE_NAME, "base_url": settings.BASE_URL, "subscriber": subscriber}
    body = render_to_string(f"subscriptions/email/{template}.txt", {**shared, **context})
    return EmailMessage(
        subject=one_line(subject)[:MAX_SUBJECT],
        body=body,
        to=[subscriber.address],
        headers=_headers(subscriber, message_id, leave=leave),
    )


def confirmation(subscriber: Subscriber) -> EmailMessage | None:
    """Ask whoever reads this mailbox to confirm; nothing when there is nothing to confirm any more."""
    pending = queries.rows(subscriber, confirmed=False)
    if not pending or subscriber.confirmation_sent_at is None:
        return None
    number = int(subscriber.confirmation_sent_at.timestamp())
    context = {
        "titles": [one_line(row.title) for row in pending],
        "url": tokens.url(subscriber, tokens.CONFIRM),
        "days": tokens.CONFIRM_DAYS,
        "message_id": tokens.message_id("c", number, subscriber),
    }
    return _mail(subscriber, f"{settings.SITE_NAME}: Bitte bestätigen Sie Ihr Abo", "confirm", context)


def manage_link(subscriber: Subscriber) -> EmailMessage | None:
    """Send the link to the own subscriptions to somebody who has some."""
    if subscriber.confirmed_at is None or subscriber.link_sent_at is None:
        return None
    number = int(subscriber.link_sent_at.timestamp())
    context = {
        "url": tokens.url(subscriber, tokens.MANAGE),
        "days": tokens.MANAGE_DAYS,
        "leave_url": tokens.url(subscriber, tokens.UNSUBSCRIBE),
        "message_id": tokens.message_id("m", number, subscriber),
    }
    return _mail(subscriber, f"{settings.SITE_NAME}: Ihre Abos", "manage", context)


def _subject(groups: list[Group]) -> str:
    entries = [entry for group in groups for entry in group.entries]
    if len(entries) == 1:
        return f"Geändert: {entries[0].title}"
    return f"{settings.SITE_NAME}: {len(entries)} Seiten haben sich geändert"


def manage_url(subscriber: Subscriber) -> str:
    """Return where somebody looks after the own subscriptions: the account, or a page behind a signed link."""
    own = optional_url("account_subscriptions") if subscriber.user_id else ""
    return absolute(own) if own else tokens.url(subscriber, tokens.MANAGE)


def digest(delivery: Delivery, now: datetime) -> EmailMessage | None:
    """Tell a subscriber what has changed and may be read at `now`; nothing when nothing is left to tell."""
    subscriber = delivery.subscriber
    level = queries.levels([subscriber]).get(subscriber.pk)
    if level is None:
        return None
    publications = list(Publication.objects.filter(pk__in=delivery.changes))
    groups = grouped(publications, registry.read(publications, level))
    if not groups:
        return None
    shown, more = _shortened(groups)
    context = {
        "groups": shown,
        "more": more,
        "more_url": absolute(reverse("recent_changes")),
        "since": timezone.localdate(delivery.since),
        "manage_url": manage_url(subscriber),
        "leave_url": tokens.url(subscriber, tokens.UNSUBSCRIBE),
        "message_id": tokens.message_id("d", delivery.pk, subscriber),
    }
    return _mail(subscriber, _subject(groups), "digest", context)
