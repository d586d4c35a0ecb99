"""What those who advise hear of a group session: planned, moved, handed over, elsewhere, cancelled.

Sessions have no case and so no mails of their own otherwise; who has a seat is told about the seat. The calendar
entry is in the private feed alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from consultations import from_outside, links
from consultations.mailing import centre, people, sending, values
from consultations.models import Adviser, Allocation, GroupSession
from consultations.requester import words
from consultations.services import record
from consultations.states import SessionState

_WHAT = {
    "plan": "Neuer Gruppentermin", "move": "Gruppentermin verschoben",
    "hand_over": "Beratende des Gruppentermins geändert", "change": "Ort oder Einwahl des Gruppentermins geändert",
    "cancel": "Gruppentermin abgesagt",
}  # fmt: skip
_SAME_TIME = "Gruppentermin geändert"
_YOURS = {
    Allocation.Role.LEAD: "Sie leiten jetzt einen Gruppentermin",
    Allocation.Role.FURTHER: "Sie beraten jetzt bei einem Gruppentermin mit",
}
_NOT_YOURS = "Gruppentermin jetzt bei anderen Beratenden"


@dataclass(frozen=True)
class _News:
    """What one of those who advise reads: `gone` for whom it is no appointment any more."""

    adviser: Adviser
    what: str
    gone: bool = False


def key_of(session: GroupSession) -> str:
    """Return the outbox key of a session's mails; whoever uses it has locked the session."""
    return f"session:{session.pk}"


def follow(row: GroupSession, action: str, *, by: Any, detail: Mapping[str, Any]) -> None:
    """Write to who joins, stays or leaves, but for whoever has done it; nobody hears of what is over.

    While somebody is away it is read as of cases: by whoever stands in, else in the mailbox.
    """
    if action not in _WHAT or row.ends_at <= timezone.now():
        return
    if action == "change" and row.before is not None and _where(row.before) == _where(row):
        return  # another title alone
    parts = Allocation.objects.filter(session=row, state=row.state).select_related("adviser__user")
    crew = {part.adviser_id: part for part in parts.order_by("-role", "pk")}
    names = ", ".join(str(part.adviser) for part in crew.values())
    for address, (what, news) in _read_by(_news(row, action, crew, detail), by=by).items():
        _tell(row, address, what, news, names=names)


def _read_by(told: Iterable[_News], *, by: Any) -> dict[str, tuple[str, _News]]:
    """Return who reads what (addresses, with the sentence); whoever has done it and reads for others knows it."""
    mails: dict[str, tuple[str, _News]] = {}
    for news in told:
        if not from_outside.counts(news.adviser) or (by is not None and news.adviser.user_id == by.pk):
            continue
        for address, beside in centre.heard_by(news.adviser).items():
            if not beside or address not in mails:  # own news before those of others
                mails[address] = (f"{news.what}{beside}", news)
    if by is not None:
        mails.pop(by.email, None)
    return mails


def _where(row: GroupSession) -> tuple[str, str]:
    return row.place, row.place_detail


def _news(
    row: GroupSession, action: str, crew: Mapping[int, Allocation], detail: Mapping[str, Any]
) -> Iterable[_News]:
    """Yield what each of those who advise, and then of those who do no more, hears of a step."""
    same_time = action == "move" and not _has_other_time(row)
    former = detail.get("former")
    earlier = {former} if isinstance(former, int) else set(former or ())
    new = {detail.get("adviser")} if action == "hand_over" else set(crew) - earlier if earlier else set[int]()
    for pk, part in crew.items():
        what = _YOURS[Allocation.Role(part.role)] if pk in new else _SAME_TIME if same_time else _WHAT[action]
        yield _News(part.adviser, what, gone=row.state == SessionState.CANCELLED)
    gone = Adviser.objects.filter(pk__in=earlier - set(crew)).select_related("user").order_by("pk")
    for adviser in gone:
        yield _News(adviser, _NOT_YOURS, gone=True)


def _has_other_time(row: GroupSession) -> bool:
    return row.before is not None and record.time_of(row.before) != record.time_of(row)


def _tell(row: GroupSession, address: str, what: str, news: _News, *, names: str) -> None:
    """Store one mail; who leaves reads the time they know and no dial-in."""
    before, shown = row.before or row, copy(row)
    if news.gone:
        shown = copy(before)
        shown.place_detail = ""
    filled = {
        **values.everywhere(), "anlass": what, "titel": row.title, "format": row.format.name,
        "termin": words.when(shown.starts_at, shown.ends_at), "ort": values.place_of(shown), "beratende": names,
        "bisher": words.when(before.starts_at, before.ends_at) if _has_other_time(shown) else "",
        "link": links.of_session(row, people.account_of(address)),
    }  # fmt: skip
    sending.send("session", address, filled, key=key_of(row))
