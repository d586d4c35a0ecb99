"""Demo accounts for `make run`: one per role, with a known password and a known second factor.

Only where the settings say DEMO (development); in operation nothing here does anything but refuse.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from portal.accounts import memberships, services
from portal.accounts.models import Membership, Municipality, User
from portal.accounts.roles import ADMINISTRATOR, ADVISER, COORDINATOR, EDITOR, LEADER, REVIEWER, sync_roles
from portal.core.visibility import EXTERNAL_ADVISER_GROUP

DOMAIN = "demo.example"
PASSWORD = "demo-kompetenz-2026"  # noqa: S105 - shown to everybody, for demo accounts only
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - as above
PERIOD = 30


class DemoPerson(NamedTuple):
    email: str
    last_name: str
    role: str


PEOPLE = (
    DemoPerson(f"redaktion@{DOMAIN}", "Redaktion", EDITOR),
    DemoPerson(f"pruefung@{DOMAIN}", "Fachprüfung", REVIEWER),
    DemoPerson(f"beratung@{DOMAIN}", "Beratung", ADVISER),
    DemoPerson(f"koordination@{DOMAIN}", "Koordination", COORDINATOR),
    DemoPerson(f"leitung@{DOMAIN}", "Leitung", LEADER),
    DemoPerson(f"administration@{DOMAIN}", "Administration", ADMINISTRATOR),
    DemoPerson(f"administration2@{DOMAIN}", "Zweite Administration", ADMINISTRATOR),
)
MEMBER = DemoPerson(f"kommune@{DOMAIN}", "Musterstadt", "Kommune")
TOWN_ADMIN = DemoPerson(f"kommune-verwaltung@{DOMAIN}", "Musterstadt Verwaltung", "Kommune")
ASKING = DemoPerson(f"kommune-anfrage@{DOMAIN}", "Musterstadt Anfrage", "ohne Kommune")
EXTERNAL = DemoPerson(f"verband@{DOMAIN}", "Musterverband", EXTERNAL_ADVISER_GROUP)
WITHOUT_ROLE = (MEMBER, TOWN_ADMIN, ASKING, EXTERNAL)
"""People outside the centre; only the external adviser needs a second factor."""


def require_demo() -> None:
    if not getattr(settings, "DEMO", False):
        raise ImproperlyConfigured("Demo-Konten gibt es nur in der Entwicklung (portal.settings.dev).")


@transaction.atomic
def seed_accounts() -> None:
    """Make what is missing of the demo accounts; what somebody changed on them since then stays."""
    require_demo()
    sync_roles()
    for person in PEOPLE:
        staff_account(person)
    _seed_town()
    _seed_association()


def staff_account(person: DemoPerson) -> User:
    """Return the account of somebody of the centre, made with role and second factor where there is none."""
    require_demo()
    user = _account(person)
    if not user.groups.exists():
        user.groups.add(Group.objects.get(name=person.role))
    _totp(user)
    return user


def _body(slug: str, **values: Any) -> Municipality:
    return Municipality.objects.get_or_create(slug=slug, defaults=values)[0]


def _join(person: DemoPerson, body: Municipality, role: str = Membership.Role.MEMBER) -> Membership:
    """Make a person belong to a body; somebody who has belonged to one before is left alone."""
    user = _account(person)
    known = user.memberships.first()
    if known is not None:
        return known
    return services.confirm_membership(
        membership=services.request_membership(user=user, municipality=body, role=role), by=None
    )


def _seed_town() -> None:
    town = _body(
        "demo-musterstadt",
        name="Musterstadt (Demo)",
        official_name="Musterstadt, erfundene Stadt für die Demonstration",
        kind=Municipality.Kind.KREISFREIE_STADT,
        size_class=Municipality.SizeClass.UP_TO_20000,
    )
    _join(TOWN_ADMIN, town, Membership.Role.ADMIN)
    _join(MEMBER, town)
    asking = _account(ASKING)
    if not asking.memberships.exists():
        memberships.ask_to_join(user=asking, municipality=town, wants_admin=False)


def _seed_association() -> None:
    association = _body("demo-musterverband", name="Musterverband (Demo)", kind=Municipality.Kind.VERBAND)
    membership = _join(EXTERNAL, association)
    if membership.state == Membership.State.CONFIRMED and not membership.is_external_adviser:
        membership.is_external_adviser = True
        membership.save()
    _totp(membership.user)


def _totp(user: User) -> None:
    if not Authenticator.objects.filter(user=user).exists():
        data = {"secret": get_adapter().encrypt(TOTP_SECRET)}
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)


def _account(person: DemoPerson) -> User:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(person.email, PASSWORD, first_name="Demo", last_name=person.last_name)
        services.set_email(user=user, verified=True)
    return user


def current_code(*, now: float | None = None) -> tuple[str, int]:
    """Return the demo secret's TOTP code at a Unix time and the seconds until the next one."""
    moment = int(time.time() if now is None else now)
    return format_hotp_value(hotp_value(TOTP_SECRET, moment // PERIOD)), PERIOD - moment % PERIOD


def logins_table(base_url: str) -> str:
    """Return addresses, logins and the current code as text for the terminal."""
    require_demo()
    code, seconds = current_code()
    lines = [
        f"Portal        {base_url}/",
        f"Redaktion     {base_url}/cms/",
        f"Anmeldung     {base_url}/konto/anmelden/",
        f"E-Mails       {base_url}/demo/mails/",
        "",
        f"Passwort für alle Demo-Konten:  {PASSWORD}",
        f"Zweiter Faktor, wo er nötig ist:  {code}  (noch {seconds} s, danach: manage.py demo_logins)",
        f"Geheimnis für eine Authenticator-App:  {TOTP_SECRET}",
        "",
        f"{'Rolle':<30}{'Anmeldung':<38}Zweiter Faktor",
    ]
    lines += [f"{person.role:<30}{person.email:<38}ja" for person in PEOPLE]
    lines += [f"{words:<30}{person.email:<38}{factor}" for person, words, factor in (
        (MEMBER, "Kommune: Mitglied", "nein"), (TOWN_ADMIN, "Kommune: Verwaltung", "nein"),
        (ASKING, "Kommune: Anfrage offen", "nein"), (EXTERNAL, "Verband: Externe Beratung", "ja"),
    )]  # fmt: skip
    return "\n".join(lines)
