"""What people read on the account pages and in the mails: German, polite, and complete."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import allauth
import pytest
from django.test import Client
from django.utils.translation import gettext as translate

from portal.accounts.models import User
from tests.people import PASSWORD, make_user

OWN = Path(__file__).resolve().parents[2] / "portal" / "accounts" / "locale" / "de" / "LC_MESSAGES"
FAMILIAR = re.compile(r"\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich|Bist|Gib|Lass|Rufe|bestätige|versuche|habe Geduld)\b")
PARTS = ("account", "mfa", "usersessions", "core")


def _allauth_texts() -> list[str]:
    """Return the English texts of the parts of allauth that the portal shows."""
    folder = Path(allauth.__file__).parent
    files = [
        path
        for part in PARTS
        for base in (folder / part, folder / "templates" / part)
        for path in base.rglob("*")
        if path.suffix in {".py", ".html", ".txt"}
    ]
    source = re.sub(r"\s+", " ", " ".join(path.read_text(encoding="utf-8") for path in files))
    source = re.sub(r"\{\{ ?(\w+) ?\}\}", r"%(\1)s", source)
    with (folder / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    ids = {key[0] if isinstance(key, tuple) else key for key in catalog}
    return sorted(text for text in ids if text and re.sub(r"\s+", " ", text).strip() in source)


def test_no_text_of_the_login_says_du() -> None:
    texts = _allauth_texts()
    assert len(texts) > 150
    familiar = {text: translate(text) for text in texts if FAMILIAR.search(translate(text))}
    assert familiar == {}


def test_the_compiled_catalogue_is_up_to_date() -> None:
    with (OWN / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    entries = re.findall(
        r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', (OWN / "django.po").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(entries) > 90
    for raw_id, raw_text in entries[1:]:
        text_id, text = (
            "".join(ast.literal_eval(line) for line in raw.splitlines()) for raw in (raw_id, raw_text)
        )
        assert compiled[text_id] == text


@pytest.fixture
def member(db: None) -> User:
    return make_user()


PAGES = [
    "/konto/", "/konto/e-mail/", "/konto/passwort/", "/konto/sitzungen/", "/konto/abmelden/",
    "/konto/zweiter-faktor/", "/konto/zweiter-faktor/schluessel/", "/konto/bestaetigen/",
    "/konto/profil/", "/konto/daten/", "/konto/kommune/anfragen/",
]  # fmt: skip
OPEN_PAGES = [
    "/konto/anmelden/", "/konto/registrieren/", "/konto/passwort/vergessen/", "/konto/gesperrt/",
    "/konto/passwort/vergessen/gesendet/", "/konto/passwort/neu/", "/konto/e-mail/bestaetigen/",
    "/konto/passwort/neu/1-abc/", "/konto/e-mail/bestaetigen/abc/",
]  # fmt: skip
ENGLISH = re.compile(r">\s*[^<]*\b(the|your|you|Please|Sign|with|Password reset)\b[^<]*<")


def _check(page: str, path: str) -> None:
    text = re.sub(r"(?s)<(script|style|svg).*?</\1>", "", page)
    assert not ENGLISH.search(text), f"{path}: {ENGLISH.search(text)}"
    assert not FAMILIAR.search(re.sub(r"<[^>]+>", " ", text)), path
    assert "<h1" in page, path
    assert " style=" not in page, path
    assert not re.search(r"<script(?![^>]*(src=|application/(ld\+)?json))", page), path


@pytest.mark.parametrize("path", OPEN_PAGES)
@pytest.mark.django_db
def test_open_pages_are_german_and_need_no_inline_code(path: str, client: Client) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    _check(answer.content.decode(), path)


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_the_account_are_german_and_need_no_inline_code(path: str, member: User) -> None:
    client = Client()
    client.post("/konto/anmelden/", {"login": member.email, "password": PASSWORD})
    answer = client.get(path)
    assert answer.status_code == 200
    _check(answer.content.decode(), path)
