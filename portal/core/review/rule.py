"""The rule of four eyes, computed from who wrote and who confirmed; no database, no request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SYSTEM = 0
"""Whoever wrote a revision without a person (import, migration): anybody may confirm it."""


@dataclass(frozen=True)
class Approval:
    """One person's yes to exactly the revision under review; `reviewer`: given in the role Fachprüfung."""

    person: int
    reviewer: bool


@dataclass(frozen=True)
class Standing:
    """Who wrote what is to be published, and who has confirmed it so far."""

    authors: frozenset[int]
    approvals: tuple[Approval, ...] = ()

    @classmethod
    def of(cls, authors: Iterable[int], approvals: Iterable[Approval] = ()) -> Standing:
        return cls(frozenset(authors), tuple(approvals))

    def confirmed(self, author: int) -> bool:
        """True when somebody other than the author has approved."""
        return any(approval.person != author for approval in self.approvals)

    @property
    def unconfirmed(self) -> frozenset[int]:
        return frozenset(author for author in self.authors if not self.confirmed(author))

    @property
    def reviewed(self) -> bool:
        """True when somebody of the Fachprüfung has confirmed what another person wrote."""
        return any(approval.reviewer and self._others(approval.person) for approval in self.approvals)

    @property
    def released(self) -> bool:
        return bool(self.authors) and not self.unconfirmed and self.reviewed

    def _others(self, person: int) -> frozenset[int]:
        return self.authors - {person}

    def has_approved(self, person: int) -> bool:
        return any(approval.person == person for approval in self.approvals)

    def adds(self, person: int, *, reviewer: bool) -> bool:
        """True when this person's approval would confirm something that is still missing."""
        if self.has_approved(person):
            return False
        confirms = self.unconfirmed - {person}
        first_review = reviewer and not self.reviewed and bool(self._others(person))
        return bool(confirms) or first_review

    def may_approve(self, person: int, *, reviewer: bool) -> bool:
        """True for reviewers, and for authors who confirm what others changed, where it adds something."""
        return (reviewer or person in self.authors) and self.adds(person, reviewer=reviewer)

    def refusal(self, person: int, *, reviewer: bool) -> str:
        """Return why a person may not approve, in words for them; empty when they may."""
        if self.may_approve(person, reviewer=reviewer):
            return ""
        if self.has_approved(person):
            return "Sie haben diese Fassung schon bestätigt. Jetzt muss eine andere Person zustimmen."
        if self.authors == {person}:
            return (
                "Alle Änderungen seit der letzten Veröffentlichung stammen von Ihnen. "
                "Bitten Sie eine andere Person der Fachprüfung um die Freigabe."
            )
        if not reviewer and person not in self.authors:
            return "Freigeben darf nur die Fachprüfung oder wer an der Fassung mitgeschrieben hat."
        return "Ihre Bestätigung fügt nichts hinzu: Die Änderungen der anderen sind schon bestätigt."
