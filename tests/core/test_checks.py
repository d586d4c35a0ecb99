import pytest
from django.test import Client
from pytest_django import Settings
from wagtail.models import Site

from portal.core import checks
from portal.core.models import Operator
from portal.home.models import HomePage, StandardPage

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_a_cache_per_process_is_refused(settings: Settings, kind: str) -> None:
    assert checks.shared_cache() == []
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{kind}"}}
    assert [message.id for message in checks.shared_cache()] == ["portal.E001"]


@pytest.mark.parametrize(
    "key", ["kurz", "a" * 80, "only-for-development-never-for-operation-0123456789-0123456789"]
)
def test_weak_keys_are_refused(settings: Settings, key: str) -> None:
    settings.SECRET_KEY = key
    assert [message.id for message in checks.secret_key()] == ["portal.E002"]


def test_a_random_key_passes(settings: Settings) -> None:
    settings.SECRET_KEY = "q7Zf0-3kLmN8pRsT5vXyB1cDeF2gHjK4nPqW6uYzA9bC_hJtM"
    settings.SECRET_KEY += "xYw"
    assert checks.secret_key() == []


def _legal_page(text: str, **fields: object) -> StandardPage:
    return HomePage.objects.get().add_child(
        instance=StandardPage(title="Impressum", slug="impressum", body=[("markdown", text)], **fields)
    )


def test_a_placeholder_in_a_live_page_is_an_error() -> None:
    assert checks.placeholders() == []
    page = _legal_page("[[Platzhalter: Straße und Hausnummer]]")
    found = checks.placeholders()
    assert [message.id for message in found] == ["portal.E003"]
    assert "„Impressum“" in found[0].msg
    page.unpublish()
    assert checks.placeholders() == []


def test_a_placeholder_in_another_field_counts_too() -> None:
    _legal_page("Fertig.", intro="[[Platzhalter: Name]]")
    assert len(checks.placeholders()) == 1


def test_legal_pages_show_the_particulars_of_the_settings_and_need_them_all() -> None:
    assert checks.particulars() == []
    page = _legal_page("Weiteres.", shows_particulars=True)
    [found] = checks.particulars()
    assert found.id == "portal.E005"
    assert "Straße und Hausnummer" in found.msg
    names = [name for name in Operator.PARTICULARS if name not in Operator.OPTIONAL]
    values = dict.fromkeys(names, "Musterstraße 1") | {"email": "post@stelle.example"}
    operator = Operator.objects.create(site=Site.objects.get(), **values)
    assert checks.particulars() == []
    html = Client().get(page.url).content.decode()
    assert "<dt>Straße und Hausnummer</dt><dd>Musterstraße 1</dd>" in html
    assert "Umsatzsteuer" not in html
    assert "# Straße und Hausnummer: Musterstraße 1" in Client().get(f"{page.url.rstrip('/')}.md").content.decode()
    operator.street = ""
    operator.save()
    assert "Straße und Hausnummer" in checks.particulars()[0].msg
    assert "<dt>Straße und Hausnummer" not in Client().get(page.url).content.decode()


def test_apps_may_name_further_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_placeholder_sources", [])
    checks.register_placeholder_source(lambda: ["Fußzeile"])
    assert "„Fußzeile“" in checks.placeholders()[0].msg


def test_missing_pdf_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PDF_LIBRARIES", ("libgibtesnicht.so.0",))
    message = checks.pdf_libraries()[0]
    assert message.id == "portal.W001"
    assert "apt-get install" in str(message.hint)


@pytest.mark.parametrize(
    ("host", "sender", "named"),
    [
        ("", "portal@portal.example", ["EMAIL_HOST"]),
        ("mail.example", "portal@localhost", ["DEFAULT_FROM_EMAIL"]),
        ("mail.example", "Portal <portal@localhost>", ["DEFAULT_FROM_EMAIL"]),
        ("mail.example", "Portal <portal@portal.example>", []),
    ],
)
def test_a_portal_whose_mails_reach_nobody_does_not_go_live(
    settings: Settings, host: str, sender: str, named: list[str]
) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = host, sender
    found = checks.mail()
    assert [message.id for message in found] == ["portal.E012"] * len(named)
    assert all(name in found[0].msg for name in named)
