"""Requests of municipalities: a member, what is typed into the wizard, and the wizard walked by a client."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from consultations.models import Case, RequestDraft
from portal.accounts.models import Membership, Municipality, User
from tests.factories import calendar

CONCERN = {
    "subject": "Anschluss der Wohnsitzanmeldung für Mühltal", "goal": "Wir möchten bis Sommer live gehen.",
    "service": "99115005000000", "procedure": "VOIS", "deadline": "", "urgency": "soon",
}  # fmt: skip
GUEST = {"name": "Käthe Größe", "email": "kaethe@muehltal.example"}


def member(town: Municipality, name: str = "käthe", *, role: str = "member", **fields: Any) -> User:
    """Return a confirmed member of a municipality."""
    address = f"{name.encode('ascii', 'ignore').decode()}@muehltal.example"
    user = User.objects.create_user(address, "ein-langes-Kennwort", first_name="Käthe", last_name=name.title())
    Membership.objects.create(
        user=user, municipality=town, state="confirmed", role=role, confirmed_at=timezone.now(), **fields
    )
    return user


class Walk:
    """One person at the wizard: `client` sends, `base` is the address of the draft."""

    def __init__(self, client: Client, town: Municipality | None = None) -> None:
        self.client, self.town, self.base = client, town, ""

    def begin(self, **typed: Any) -> Any:
        """Send the first step; the draft's address is known from then on."""
        data: dict[str, Any] = {"topic": "0", **typed}
        if self.town is not None:
            data["municipality"] = self.town.pk
        answer = self.client.post("/beratung/anfragen/", data)
        if answer.status_code == 302:
            self.base = re.sub(r"anliegen/$", "", answer["Location"])
        return answer

    def get(self, step: str) -> str:
        return str(self.client.get(f"{self.base}{step}").content.decode())

    def post(self, step: str, **data: Any) -> Any:
        return self.client.post(f"{self.base}{step}/", data)

    def up_to_the_choice(self, **typed: Any) -> None:
        """Walk until the format is to be chosen."""
        assert self.begin(**typed).status_code == 302
        assert self.post("anliegen", **CONCERN).status_code == 302
        assert self.post("hilfen", action="on").status_code == 302

    def choose_format(self, key: str = "erstgespraech") -> None:
        assert self.post("termin", format=key, action="format").status_code == 302

    def slots(self) -> list[str]:
        """Return the values of the buttons of free times, in the order of the page."""
        return re.findall(r'name="slot" value="(\d+)"', self.get("termin/"))

    def take(self, slot: str, key: str = "erstgespraech", **typed: Any) -> Any:
        return self.post("termin", format=key, place="video", slot=slot, **typed)

    @property
    def draft(self) -> RequestDraft:
        return RequestDraft.objects.order_by("-pk")[0]


def booked(user: User, town: Municipality) -> Case:
    """Return the case of somebody who has booked the first free time."""
    client = Client()
    client.force_login(user)
    walk = Walk(client)
    walk.up_to_the_choice()
    walk.choose_format()
    assert walk.take(walk.slots()[0]).status_code == 302
    assert walk.post("pruefen").status_code == 302
    return Case.objects.get(municipality=town)


def world() -> Municipality:
    """Make a format, an adviser with hours on every day, and a town."""
    calendar.form()
    calendar.adviser(weekdays=range(7))
    return calendar.municipality()


def walk_to_the_times(town: Municipality) -> Walk:
    """Return the wizard of a member of a town who has chosen a format and sees its times."""
    client = Client()
    client.force_login(member(town))
    found = Walk(client)
    found.up_to_the_choice()
    found.choose_format()
    return found
