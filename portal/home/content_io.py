"""The kinds of the start page, the service pages and the operator's particulars."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wagtail.models import Site

from knowledge.content_io.body import StreamBody
from knowledge.content_io.keys import PageListKey
from knowledge.content_io.kinds import page_keys
from portal.core.content_io import FileKey, FlagKey, Key, Kind, PlainBody, register
from portal.core.models import Operator
from portal.home.models import EasyLanguagePage, HomePage, NeededPage, SignLanguagePage, StandardPage


@dataclass(frozen=True)
class SettingKind(Kind):
    """A setting of the default site: there is one, its file has a fixed name."""

    slug: str = ""

    def find(self, slug: str) -> Any:
        if slug != self.slug:
            return None
        site = Site.objects.get(is_default_site=True)
        return self.model.objects.filter(site=site).first()

    def make(self, slug: str) -> Any:
        return self.model(site=Site.objects.get(is_default_site=True))

    def slug_of(self, instance: Any) -> str:
        return self.slug

    def all(self) -> Iterable[Any]:
        instance = self.find(self.slug)
        return [] if instance is None else [instance]


OPERATOR = SettingKind(
    "operator",
    Operator,
    (
        Key("name", required=True),
        Key("short_name", required=True),
        Key("claim"),
        Key("region"),
        Key("email"),
        Key("phone"),
        Key("accessibility_email"),
        Key("security_email"),
        Key("legal_name"),
        Key("street"),
        Key("postal_city"),
        Key("legal_form"),
        Key("represented_by"),
        Key("supervision"),
        Key("vat_id"),
        Key("editor_in_charge"),
        Key("privacy_officer"),
    ),
    folder="einstellungen",
    order=5,
    name_key="name",
    has_address=False,
    slug="betreiber",
)

KINDS = (
    OPERATOR,
    Kind(
        "home",
        HomePage,
        (*page_keys(), PageListKey("needed", "needed_pages", NeededPage)),
        PlainBody("intro"),
        container=True,
        order=15,
    ),
    Kind(
        "standard",
        StandardPage,
        (*page_keys(), Key("intro"), FlagKey("particulars", "shows_particulars")),
        StreamBody(),
        order=60,
    ),
    Kind("easy_language", EasyLanguagePage, (*page_keys(), Key("intro")), StreamBody(), order=60),
    Kind(
        "sign_language",
        SignLanguagePage,
        (*page_keys(), Key("intro"), FileKey("video"), FileKey("captions")),
        StreamBody(),
        order=60,
    ),
)


def register_kinds() -> None:
    for kind in KINDS:
        register(kind)
