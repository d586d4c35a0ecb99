"""Demo accounts for `make run`: one per role, with a known password and a known second factor.

Only where the settings say DEMO (development); in operation nothing here does anything but refuse.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from portal.accounts import services
from portal.accounts.models import Municipality, User
from portal.accounts.roles import ADMINISTRATOR, ADVISER, COORDINATOR, EDITOR, LEADER, REVIEWER, sync_roles

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


def require_demo() -> None:
    if not getattr(settings, "DEMO", False):
        raise ImproperlyConfigured("Demo-Konten gibt es nur in der Entwicklung (portal.settings.dev).")


@transaction.atomic
def seed_accounts() -> None:
    """Make what is missing of the demo accounts; what somebody changed on them since then stays."""
    require_demo()
    sync_roles()
    for person in PEOPLE:
        user = _account(person)
        if not user.groups.exists():
            user.groups.add(Group.objects.get(name=person.role))
        if not Authenticator.objects.filter(user=user).exists():
            Authenticator.objects.create(
                user=user, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(TOTP_SECRET)}
            )
    member = _account(MEMBER)
    town, _ = Municipality.objects.get_or_create(
        slug="demo-musterstadt",
        defaults={
            "name": "Musterstadt (Demo)",
            "official_name": "Musterstadt, erfundene Stadt für die Demonstration",
            "kind": Municipality.Kind.KREISFREIE_STADT,
            "size_class": Municipality.SizeClass.UP_TO_20000,
        },
    )
    if not member.memberships.exists():
        services.confirm_membership(
            membership=services.request_membership(user=member, municipality=town), by=None
        )


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
        "",
        f"Passwort für alle Demo-Konten:  {PASSWORD}",
        f"Zweiter Faktor (nur Kompetenzstelle):  {code}  (noch {seconds} s, danach: manage.py demo_logins)",
        f"Geheimnis für eine Authenticator-App:  {TOTP_SECRET}",
        "",
        f"{'Rolle':<16}{'Anmeldung':<34}Zweiter Faktor",
    ]
    lines += [f"{person.role:<16}{person.email:<34}ja" for person in PEOPLE]
    lines.append(f"{MEMBER.role:<16}{MEMBER.email:<34}nein")
    return "\n".join(lines)
