"""The rule of four eyes, computed from who wrote and who confirmed; no database, no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

SYSTEM = 0
"""Whoever wrote a revision without a person (import, migration): nobody who could confirm anything."""


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
    absent: frozenset[int] = frozenset()
    """Those of the authors who can confirm nothing any more: the system, and who has left."""

    @classmethod
    def of(
        cls,
        authors: Iterable[int],
        approvals: Iterable[Approval] = (),
        experts: Iterable[int] = (),
        absent: Iterable[int] = (),
    ) -> Standing:
        wrote = frozenset(authors)
        gone = (frozenset(absent) | {SYSTEM}) & wrote
        return cls(wrote, tuple(approvals), frozenset(experts) - gone, gone)

    def without(self, person: int) -> Standing:
        """Return the standing once this person has left: what they wrote stays, their approval is void."""
        approvals = tuple(approval for approval in self.approvals if approval.person != person)
        gone = self.absent | ({person} & self.authors)
        return replace(self, approvals=approvals, experts=self.experts - {person}, absent=gone)

    @property
    def present(self) -> frozenset[int]:
        """The authors who can still act."""
        return self.authors - self.absent

    @property
    def involved(self) -> frozenset[int]:
        """The people of today who stand for this version: they wrote or confirmed it."""
        return self.present | {approval.person for approval in self.approvals}

    def confirmed(self, author: int) -> bool:
        """True when somebody other than the author has approved."""
        return any(approval.person != author for approval in self.approvals)

    @property
    def unconfirmed(self) -> frozenset[int]:
        return frozenset(author for author in self.authors if not self.confirmed(author))

    @property
    def by_two(self) -> bool:
        """True when two people of today stand for it: what nobody present wrote is not released by one alone."""
        return len(self.involved) > 1

    @property
    def by_experts(self) -> bool:
        """True when all of it was written by the Fachprüfung: then any second person confirms it."""
        return bool(self.authors) and self.authors <= self.experts

    @property
    def open_to_all(self) -> bool:
        """True when no author of today is outside the Fachprüfung: then any editor may be the second person.

        What nobody present wrote changes nothing about that: else one reviewer and one editor would be stuck.
        """
        return bool(self.authors) and self.present <= self.experts

    @property
    def reviewed(self) -> bool:
        """True when the Fachprüfung has confirmed what another person wrote, or has written all of it."""
        return self.by_experts or any(
            approval.reviewer and self._others(approval.person) for approval in self.approvals
        )

    @property
    def released(self) -> bool:
        return bool(self.authors) and not self.unconfirmed and self.reviewed and self.by_two

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
        second = not self.by_two and person not in self.involved
        return bool(confirms) or first_review or second

    def may_approve(self, person: int, *, reviewer: bool) -> bool:
        """True for reviewers, for authors, and for everybody where the Fachprüfung wrote; if it adds something.

        A team of two is never stuck: what a reviewer changed is confirmed by the editor, and the other way round.
        """
        entitled = reviewer or self.open_to_all or person in self.authors
        return entitled and self.adds(person, reviewer=reviewer)

    def can_be_released_by(self, team: Mapping[int, bool]) -> bool:
        """True when these people (True: of the Fachprüfung) can bring it to its release, all saying yes.

        One approval never takes another one's effect away, so it is enough to let each approve who may.
        """
        standing, asked = self, dict(team)
        while not standing.released:
            able = [row for row in asked.items() if standing.may_approve(row[0], reviewer=row[1])]
            if not able:
                return False
            person, reviewer = able[0]
            del asked[person]
            standing = replace(standing, approvals=(*standing.approvals, Approval(person, reviewer)))
        return True

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
