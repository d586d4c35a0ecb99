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
    experts: frozenset[int] = frozenset()
    """Those of the authors who belong to the Fachprüfung now."""

    @classmethod
    def of(
        cls, authors: Iterable[int], approvals: Iterable[Approval] = (), experts: Iterable[int] = ()
    ) -> Standing:
        return cls(frozenset(authors), tuple(approvals), frozenset(experts))

    def confirmed(self, author: int) -> bool:
        """True when somebody other than the author has approved."""
        return any(approval.person != author for approval in self.approvals)

    @property
    def unconfirmed(self) -> frozenset[int]:
        return frozenset(author for author in self.authors if not self.confirmed(author))

    @property
    def by_experts(self) -> bool:
        """True when all of it was written by the Fachprüfung: then any second person confirms it."""
        return bool(self.authors) and self.authors <= self.experts

    @property
    def reviewed(self) -> bool:
        """True when the Fachprüfung has confirmed what another person wrote, or has written all of it."""
        return self.by_experts or any(
            approval.reviewer and self._others(approval.person) for approval in self.approvals
        )

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
        """True for reviewers, for authors, and for everybody where the Fachprüfung wrote; if it adds something.

        A team of two is never stuck: what a reviewer changed is confirmed by the editor, and the other way round.
        """
        entitled = reviewer or self.by_experts or person in self.authors
        return entitled and self.adds(person, reviewer=reviewer)

    def refusal(self, person: int, *, reviewer: bool) -> str:
        """Return why a person may not approve, in words for them; empty when they may."""
        if self.may_approve(person, reviewer=reviewer):
            return ""
        if self.has_approved(person):
            return "Sie haben diese Fassung schon bestätigt. Jetzt muss eine andere Person zustimmen."
        if self.authors == {person}:
            whom = "eine andere Person" if self.by_experts else "eine andere Person der Fachprüfung"
            return (
                "Alle Änderungen seit der letzten Veröffentlichung stammen von Ihnen. "
                f"Bitten Sie {whom} um die Freigabe."
            )
        if not reviewer and person not in self.authors:
            return "Freigeben darf nur die Fachprüfung oder wer an der Fassung mitgeschrieben hat."
        return "Ihre Bestätigung fügt nichts hinzu: Die Änderungen der anderen sind schon bestätigt."
