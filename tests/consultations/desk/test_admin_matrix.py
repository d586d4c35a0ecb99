"""Every address of advice in the admin, as the resolver has it × every role; and what search tells of a case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from consultations.desk.urls import urlpatterns
from consultations.models import (
    Absence,
    CaseKeeping,
    Closure,
    Format,
    IncomingMail,
    MailReturn,
    MailText,
    MinutesTemplate,
)
from portal.core.models import OutboxMessage
from portal.core.visibility import EXTERNAL_ADVISER_GROUP
from tests.consultations.desk.roles import ROLES, SECRET, client_for, make_world
from tests.consultations.desk.test_desk_rights import VIEWS as DESK
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
ROOT = {"Superuser"}
COORDINATION = {"Koordination", "Superuser"}
KEEPERS = {"Koordination", "Administration", "Superuser"}  # of everybody's times, and of the record of processing
WORKERS = {"Beratung", "Koordination", "Superuser"}  # on cases, and nobody from outside
ADVISERS = {"Beratung", "lead from outside", "other from outside", *KEEPERS}  # those not keepers: own rows alone
OWN = {"lead from outside", "other from outside"}  # who is an adviser of the calendar
# Name: arguments of the address, who gets in (by GET, or by POST for what only takes that).
REST: dict[str, tuple[tuple[Any, ...], set[str]]] = {
    "consultations_record": ((), KEEPERS),
    "consultations_record_file": (("csv",), KEEPERS),
    "consultations_keeping": ((), KEEPERS),
    "consultations_archive_decision": (("keeping",), KEEPERS),
    "consultations_own_calendar": ((), ADVISERS),
    "consultations_own_calendar_feed": ((), OWN),
    "consultations_own_calendar_source": ((), OWN),
    "consultations_mail_texts": ((), COORDINATION),
    "consultations_mail_text": (("booked",), COORDINATION),
    "consultations_mails": ((), COORDINATION),
    "consultations_mail_retry": (("message",), COORDINATION),
    "consultations_incoming": ((), WORKERS),
    "consultations_incoming_take": (("arrived",), WORKERS),
    "consultations_incoming_file": (("arrived",), WORKERS),
    "consultations_incoming_done": (("arrived",), WORKERS),
    "consultations_incoming_checked": (("returned",), WORKERS),
}
POSTS = {
    "consultations_archive_decision", "consultations_own_calendar_feed", "consultations_own_calendar_source",
    "consultations_mail_retry", "consultations_incoming_take", "consultations_incoming_done",
    "consultations_incoming_checked",
}  # fmt: skip
# Lists of the calendar and of templates: whose list, who adds and changes, who deletes.
VIEWSETS: dict[str, tuple[set[str], set[str], set[str]]] = {
    "advisers": (ADVISERS, KEEPERS, ROOT),
    "absences": (ADVISERS, KEEPERS, KEEPERS),
    "formats": (ADVISERS, KEEPERS, ROOT),
    "closures": (KEEPERS, KEEPERS, KEEPERS),
    "minutes_templates": (COORDINATION, COORDINATION, COORDINATION),
}
OUTSIDE = {"consultations_outside", "consultations_outside_case", "consultations_outside_file"}
LISTS, CHANGES = ("index", "index_results"), ("edit", "history", "history_results", "usage")


def of_the_admin() -> set[str]:
    """Return the names of all addresses of advice below the admin: by their place, and by who answers them."""

    def walk(patterns: Any, before: str = "", space: str = "") -> Iterator[str]:
        for item in patterns:
            path = f"{before}{item.pattern}"
            if not isinstance(item, URLPattern):
                yield from walk(item.url_patterns, path, item.namespace or space)
                continue
            view = getattr(item.callback, "view_class", item.callback)
            ours = path.startswith("cms/beratung/") or str(view.__module__).startswith("consultations.")
            if path.startswith("cms/") and ours:
                yield f"{space}:{item.name}" if space else str(item.name)

    return set(walk(get_resolver().url_patterns))


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def world() -> dict[str, Any]:
    """The case of the desk, and a row of everything the other screens show."""
    found = make_world()
    other = desk.adviser_with_role("Größe")
    day, closed = timezone.localdate(), Closure.objects.create(name="Umzug", day=2, month=5)
    message = OutboxMessage.objects.filter(key=f"case:{found['case'].pk}").first()
    assert message is not None
    OutboxMessage.objects.filter(pk=message.pk).update(state="failed", finished_at=make.NOW)
    ended = make.case("Schon beendet")
    arrived = IncomingMail.objects.create(
        digest="0" * 64, outcome="left", reason="stranger", sender="uwe@anderswo.example", subject="Frage",
        file=ContentFile(b"Subject: Frage", name="frage.eml"),
    )  # fmt: skip
    keeping = CaseKeeping.objects.create(case=ended, offered_at=make.NOW)
    rows = {
        "advisers": other, "formats": Format.objects.get(key="erstgespraech"), "closures": closed,
        "absences": Absence.objects.create(adviser=other, first_day=day, last_day=day),
        "minutes_templates": MinutesTemplate.objects.create(name="Standard", text="Vorgang {vorgang}"),
    }  # fmt: skip
    return {
        **found,
        "message": message.pk,
        "keeping": keeping.pk,
        "arrived": arrived.pk,
        "returned": MailReturn.objects.create(case=found["case"], mark="a" * 32, status="5.1.1").pk,
        "rows": rows,
        "other": other,
    }


def address_of(name: str, arguments: tuple[Any, ...], world: dict[str, Any]) -> str:
    return reverse(name, args=[world.get(item, item) if isinstance(item, str) else item for item in arguments])


def rows_of(world: dict[str, Any]) -> dict[str, tuple[str, set[str]]]:
    """Return the address and the admitted roles of everything beside the desk, by its name."""
    found = {name: (address_of(name, arguments, world), roles) for name, (arguments, roles) in REST.items()}
    for space, (lists, changes, deletes) in VIEWSETS.items():
        pk = world["rows"][space].pk
        found |= {f"{space}:{name}": (reverse(f"{space}:{name}"), lists) for name in LISTS}
        adds = ADVISERS if space == "absences" else changes
        found[f"{space}:add"] = (reverse(f"{space}:add"), adds)
        found |= {f"{space}:{name}": (reverse(f"{space}:{name}", args=[pk]), changes) for name in CHANGES}
        found[f"{space}:delete"] = (reverse(f"{space}:delete", args=[pk]), deletes)
    return found


def test_the_matrices_name_every_address_of_advice_in_the_admin(world: dict[str, Any]) -> None:
    assert of_the_admin() == set(DESK) | set(rows_of(world))
    assert {str(item.name) for item in urlpatterns if isinstance(item, URLPattern)} == OUTSIDE


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_which_screen_beside_the_desk(role: str, world: dict[str, Any]) -> None:
    client, wrong = client_for(role, world), {}
    for name, (address, admitted) in rows_of(world).items():
        answer = client.post(address) if name in POSTS else client.get(address)
        inside = answer.status_code == 200 or (
            name in POSTS and answer.status_code in (302, 404, 422) and role in admitted
        )
        if inside != (role in admitted):
            wrong[name] = (answer.status_code, answer.get("Location", ""))
        elif role not in admitted:
            assert answer.status_code in (302, 403, 404), name
            assert world["case"].reference not in answer.content.decode()
    assert not wrong


@pytest.mark.parametrize("role", [role for role in ROLES if role not in {*ADVISERS, "Administration"}])
def test_who_is_not_admitted_changes_nothing_there(role: str, world: dict[str, Any]) -> None:
    client = client_for(role, world)
    tables = (
        Absence, CaseKeeping, Closure, IncomingMail, MailReturn, MailText, MinutesTemplate, OutboxMessage,
        type(world["other"]),
    )  # fmt: skip
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    typed = {
        "decision": "not_wanted",
        "subject": "x",
        "text": "{link}",
        "name": "x",
        "active": "",
        "action": "new",
    }
    for address, _ in rows_of(world).values():
        client.post(address, typed)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


@pytest.mark.parametrize("role", ROLES)
def test_nobody_but_advisers_outside_the_admin_has_their_place(role: str, world: dict[str, Any]) -> None:
    if role in OWN:
        return  # with a role in the admin as well: test_outside.py, test_from_outside.py
    client, ids = client_for(role, world), world["ids"]
    for part in ("", f"{ids['case']}/", f"datei/{ids['file']}/", f"datei/{ids['internal']}/"):
        for answer in (client.get(f"/beratung/zugewiesen/{part}"), client.post(f"/beratung/zugewiesen/{part}")):
            assert answer.status_code in (302, 403, 404, 405), (role, part)
            assert SECRET not in b"".join(getattr(answer, "streaming_content", [answer.content])).decode()


def outside_the_admin(world: dict[str, Any]) -> Client:
    """An adviser from outside who has no role, further adviser of the case."""
    made = desk.adviser_with_role("Ohne Rolle", role="", external=True)
    assert made.user
    made.user.groups.add(Group.objects.get_or_create(name=EXTERNAL_ADVISER_GROUP)[0])
    world["case"].further.add(made)
    return signed_in(made.user)


def test_an_adviser_outside_the_admin_has_their_place_alone(world: dict[str, Any]) -> None:
    client, ids = outside_the_admin(world), world["ids"]
    for part in ("", f"{ids['case']}/", f"datei/{ids['file']}/"):
        assert client.get(f"/beratung/zugewiesen/{part}").status_code == 200
    assert client.get(f"/beratung/zugewiesen/datei/{ids['internal']}/").status_code == 404
    addresses = [address for address, _ in rows_of(world).values()]
    addresses += [f"/cms/beratung/{part.format(**ids)}" for part, _ in DESK.values()]
    for address in addresses:
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code in (302, 403, 404, 405), address
            assert "/cms/beratung/" not in answer.get("Location", ""), address


@pytest.mark.parametrize("role", [*ROLES, "outside the admin"])
def test_search_suggestions_and_interface_know_nothing_of_cases(role: str, world: dict[str, Any]) -> None:
    """Whoever asks: no number, subject, note or file of a case is found, and the interface gives all the same."""
    client = outside_the_admin(world) if role == "outside the admin" else client_for(role, world)
    case = world["case"]
    told = {case.reference: (SECRET, case.subject), SECRET: (case.reference, case.subject)}
    told[case.subject] = (case.reference, SECRET)
    for query, secrets in told.items():
        for address in ("/suche/", "/suche/vorschlaege/", "/api/v1/search", "/api/v1/suggest"):
            answer = client.get(address, {"q": query})
            assert answer.status_code == 200, address
            body = answer.content.decode()
            for secret in (*secrets, f"/beratung/vorgang/{case.reference}", f"/cms/beratung/vorgang/{case.pk}/"):
                assert secret not in body, (address, query)
