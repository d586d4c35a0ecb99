"""What is sent to each address of the matrix: forms of pages and snippets, and one row for every other view.

A view that is new needs a row, or a line in `EXCUSED` that says why it cannot put anything in front of readers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.core import files
from tests.core.matrix_addresses import FULL, Address
from tests.core.matrix_room import Room, Target, change
from tests.forms import editor_data

EXCUSED = {
    "": "no name: leads elsewhere, or stands before a named address of the same path (deletion of files in use)",
    "wagtailadmin_login": "leads to the portal's own login",
    "wagtailadmin_password_reset": "leads to the portal's own page",
    "wagtailadmin_password_reset_confirm": "leads to the portal's own page",
    "wagtailadmin_logout": "ends the session all trials share",
    "wagtailadmin_account": "a person's own settings",
    "wagtailadmin_dismissibles": "a person's own settings",
    "wagtailadmin_editing_sessions:ping": "notes who has a form open",
    "wagtailadmin_editing_sessions:release": "notes who has a form open",
    "wagtailadmin_choose_page_external_link": "returns what was typed to the editor",
    "wagtailadmin_choose_page_email_link": "returns what was typed to the editor",
    "wagtailadmin_choose_page_phone_link": "returns what was typed to the editor",
    "wagtailadmin_choose_page_anchor_link": "returns what was typed to the editor",
    "wagtailembeds:chooser": "returns a dialogue",
    "wagtailembeds:chooser_upload": "asks another host",
    "wagtailadmin_error_test": "reads only",
    "wagtailadmin_tag_autocomplete": "reads only",
    "wagtailadmin_tag_model_autocomplete": "reads only",
    "wagtailadmin_sprite": "reads only",
    "wagtailadmin_javascript_catalog": "reads only",
    "wagtailimages:preview": "reads only",
    "wagtailimages_chooser:select_format": "returns markup to the editor",
    "knowledge_word_image": "reads only",
    "accounts_factor_resets": "reads only",
    "accounts_factor_reset_new": "a request about somebody's login, decided by a second person",
    "accounts_factor_reset": "a decision about somebody's login",
    "accounts_invite_again": "a mail to somebody of the centre",
    **dict.fromkeys(
        ["accounts_requests", "accounts_request_decide", "accounts_domains_import"],
        "who belongs to which municipality, of which pages show nothing",
    ),
    **dict.fromkeys(
        [f"{kind}:{action}" for kind in ("formats", "advisers", "absences", "closures", "minutes_templates")
         for action in ("add", "edit", "delete")],
        "offers and times of advice: no page or snippet of readers",
    ),
    **dict.fromkeys(
        [f"consultations_{name}" for name in (
            "advance", "appointment", "book", "case", "figures", "file", "file_internal", "file_remove",
            "intake", "mark", "minutes",
            "minutes_new", "propose", "step", "task", "task_done", "task_drop", "task_reopen",
            "town", "towns", "unlink", "faq", "faq_new",
            "town_invite", "statistics", "statistics_csv", "statistics_xlsx", "own_figures",
            "groups", "group", "group_new", "group_done", "group_change",
            "archive_decision", "export", "export_file", "handed_over", "keeping", "own_calendar",
            "own_calendar_feed", "own_calendar_source", "record", "record_file",
        )],
        "cases of municipalities, which no reader gets (tests/consultations/desk/test_desk_rights.py)",
    ),
    **dict.fromkeys(
        [f"consultations_{name}" for name in (
            "mail_texts", "mail_text", "mails", "mail_retry", "incoming", "incoming_take", "incoming_done",
            "incoming_file", "incoming_checked",
        )],
        "mails of cases (tests/consultations/test_mail_admin.py)",
    ),
    **dict.fromkeys(
        [f"{kind}:{action}" for kind in ("membership", "district", "maildomain")
         for action in ("add", "edit", "delete")],
        "people of municipalities and districts, of which pages show no text",
    ),
    **dict.fromkeys(
        [f"{kind}:{action}" for kind in ("wagtailusers_users", "wagtailusers_groups")
         for action in ("add", "edit", "delete")],
        "accounts and rights; that no right publishes is what all trials of a superuser show",
    ),
    **dict.fromkeys(
        [f"wagtailsites:{action}" for action in ("add", "edit", "delete", "copy")],
        "host names; what stands under them is live already",
    ),
}  # fmt: skip
"""Addresses without a row, each with the reason."""


def _text(name: str = "neu.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"Anderer Inhalt")


def _png() -> SimpleUploadedFile:
    return SimpleUploadedFile("neu.png", files.png(9, 9))


Fill = Callable[[Room], Any]


@dataclass(frozen=True)
class Row:
    """One view: what to put in and send, what one person may change for readers, and whether it writes at all."""

    name: str
    arguments: Fill
    data: Fill
    alone: frozenset[str] = frozenset()
    writes: bool = True
    query: str = ""

    def url(self, room: Room) -> str:
        return reverse(self.name, args=self.arguments(room)) + self.query.format(**room.things)


def _of(name: str) -> Fill:
    return lambda room: [room.things[name].pk]


def _bulk(*arguments: str) -> Fill:
    return lambda room: arguments


def _nothing(room: Room) -> list[Any]:
    return []


def _fixed(**data: Any) -> Fill:
    return lambda room: data


FILE = {"title": "Anders", "licence": "CC BY 4.0", "tags": ""}
IMAGE = {**FILE, "description": "Anders", "credit": ""}
DOCUMENT_WORDS = frozenset({"portaldocument.title", "portaldocument.licence"})
IMAGE_WORDS = frozenset({"portalimage.title", "portalimage.licence", "portalimage.description"})


def _in_collection(data: dict[str, Any], prefix: str = "", **more: Callable[[], Any]) -> Fill:
    """The data of a file's form; a file is made anew for each trial, since sending it reads it."""

    def fill(room: Room) -> dict[str, Any]:
        whole = {**data, "collection": 1, **{name: make() for name, make in more.items()}}
        return {f"{prefix}{name}": value for name, value in whole.items()}

    return fill


def _tag(room: Room) -> list[Any]:
    return [room.things["tags"][0].pk]


def _setting(model: str) -> Fill:
    return lambda room: ["core", model, room.things["site"].pk]


def _waiting(room: Room) -> list[Any]:
    return [room.things["waiting"].token]


TOMORROW = (timezone.now() + timedelta(days=1)).date().isoformat()
REDIRECT = {"old_path": "/frueher", "site": "", "is_permanent": "on", "redirect_link": "https://example.org/"}
TOWN = {"name": "Neustadt", "kind": "kreisfreie-stadt", "size_class": "bis-5000", "active": "on"}
OPERATOR = {"name": "Andere Stelle", "short_name": "Andere", "claim": "Wir helfen"}

FILES = [
    Row("wagtaildocs:add", _nothing, _in_collection(FILE, file=_text)),
    Row("wagtaildocs:edit", _of("document"), _in_collection(FILE), DOCUMENT_WORDS),
    Row("wagtaildocs:edit", _of("document"), _in_collection(FILE, file=_text), writes=False),
    Row("wagtaildocs:edit", _of("free"), _in_collection(FILE, file=_text)),
    Row("wagtaildocs:delete", _of("document"), _fixed(), writes=False),
    Row("wagtaildocs:delete", _of("free"), _fixed()),
    Row("wagtaildocs:add_multiple", _nothing, lambda room: {"files[]": _text(), "collection": 1, "title": "Neu"}),
    Row("wagtaildocs:edit_multiple", lambda room: [room.things["document"].pk],
        lambda room: _in_collection(FILE, f"doc-{room.things['document'].pk}-", file=_text)(room), DOCUMENT_WORDS),
    Row("wagtaildocs:create_multiple_from_uploaded_document", _of("uploaded"),
        lambda room: _in_collection(FILE, f"uploaded-document-{room.things['uploaded'].pk}-")(room)),
    Row("wagtaildocs:delete_multiple", _of("document"), _fixed(), writes=False),
    Row("wagtaildocs:delete_upload_multiple", _of("uploaded"), _fixed()),
    Row("wagtaildocs_chooser:create", _nothing, _in_collection(FILE, "document-chooser-upload-", file=_text)),
    Row("wagtailimages:add", _nothing, _in_collection(IMAGE, file=_png)),
    Row("wagtailimages:edit", _of("image"), _in_collection(IMAGE), IMAGE_WORDS),
    Row("wagtailimages:edit", _of("image"), _in_collection(IMAGE, file=_png)),  # notes the file's size, no more
    Row("wagtailimages:delete", _of("image"), _fixed(), writes=False),
    Row("wagtailimages:add_multiple", _nothing, lambda room: {"files[]": _png(), "collection": 1, "title": "Neu"}),
    Row("wagtailimages:edit_multiple", _of("image"),
        lambda room: _in_collection(IMAGE, f"image-{room.things['image'].pk}-", file=_png)(room), IMAGE_WORDS),
    Row("wagtailimages:create_multiple_from_uploaded_image", _of("picture"),
        lambda room: _in_collection(IMAGE, f"uploaded-image-{room.things['picture'].pk}-")(room)),
    Row("wagtailimages:delete_multiple", _of("image"), _fixed(), writes=False),
    Row("wagtailimages:delete_upload_multiple", _of("picture"), _fixed()),
    Row("wagtailimages_chooser:create", _nothing, _in_collection(IMAGE, "image-chooser-upload-", file=_png)),
    *(Row("wagtail_bulk_action", _bulk("core", f"portal{thing}", action), _fixed(collection=1, tags="Neu"),
          writes=action != "delete", query=f"?id={{{thing}.pk}}")
      for thing in ("document", "image") for action in ("delete", "add_tags", "add_to_collection")),
    Row("wagtailadmin_collections:add", _nothing, _fixed(name="Neu", parent=1)),
    Row("wagtailadmin_collections:edit", _of("collection"), _fixed(name="Anders", parent=1)),
    Row("wagtailadmin_collections:delete", _of("collection"), _fixed()),
    Row("wagtailadmin_collections:set_privacy", _of("collection"), _fixed(restriction_type="login")),
]  # fmt: skip
"""Files: words of a file in front of readers may change, the file itself not, by none of the ways."""

OTHERS = [
    Row("knowledge_word", _nothing, lambda room: {
        "topic": room.things["page"].get_parent().pk, "kind": "knowledge.articlepage", "pasted": "Allein."},
        writes=False),
    Row("knowledge_word_review", lambda room: [*_waiting(room), 1], _fixed(title="Allein aus Word")),
    Row("knowledge_word_discard", _waiting, _fixed(), writes=False),
    Row("wagtailsettings:edit", _setting("operator"), _fixed(**OPERATOR),
        frozenset({"operator.name", "operator.short_name", "operator.claim", "operator.new"})),
    Row("wagtailsettings:edit", _setting("sitenotice"), _fixed(active="on", level="info", title="Neu", text="Ja"),
        frozenset({"sitenotice.active", "sitenotice.title", "sitenotice.text", "sitenotice.new"})),
    Row("wagtailsettings:preview_on_edit", _setting("operator"), _fixed(**OPERATOR), writes=False),
    Row("tags:add", _nothing, _fixed(name="Neu", slug="")),
    Row("tags:edit", _tag, _fixed(name="Haushaltsplan", slug="haushaltsplan"),
        frozenset({"tag.name", "tag.slug", "redirect.new"})),
    Row("tags:delete", _tag, _fixed()),
    Row("tags:merge", _tag, lambda room: {"target": room.things["tags"][1].pk},
        frozenset({"tag.new", "pagetag.new", "pagetag.tag_id", "redirect.new"})),
    Row("search_act", _nothing, _fixed(suche="wohngeld", aktion="artikel")),
    Row("search_rules:add", _nothing, _fixed(kind="equal", words="Perso\nPersonalausweis", note="", samples="")),
    Row("search_rules:edit", _of("rule"), _fixed(kind="never", words="FIM", note="", samples="")),
    Row("search_rules:delete", _of("rule"), _fixed()),
    Row("search_rules:undo", _of("version"), _fixed()),
    Row("wagtailredirects:add", _nothing, _fixed(**REDIRECT), frozenset({"redirect.new"})),
    Row("wagtailredirects:edit", _of("redirect"), _fixed(**REDIRECT),
        frozenset({"redirect.old_path", "redirect.redirect_link"})),
    Row("wagtailredirects:delete", _of("redirect"), _fixed()),
    Row("wagtailredirects:start_import", _nothing, lambda room: {"import_file": SimpleUploadedFile(
        "neu.csv", b"from,to\n/a,/b\n")}, writes=False),
    Row("wagtailredirects:process_import", _nothing, _fixed(), frozenset({"redirect.new"}), writes=False),
    Row("knowledge_link_recheck", _of("link"), _fixed()),
    Row("knowledge_link_accept", _of("link"), _fixed(until=TOMORROW)),
    Row("knowledge_report_contact", _of("report"), _fixed(),
        frozenset(f"fieldreport.contact_{name}" for name in ("name", "email", "consent", "until"))),
    Row("municipality:add", _nothing, _fixed(**TOWN, slug="neustadt")),
    Row("municipality:edit", _of("town"), lambda room: {**TOWN, "slug": room.things["town"].slug},
        frozenset({"municipality.name"})),
    Row("municipality:delete", _of("town"), _fixed(), writes=False),
    Row("expert_revoke", _of("invitation"), _fixed()),
    Row("core_outbox_retry", _of("message"), _fixed()),
    Row("work_items:add", _nothing, _fixed(title="Neu", team="Redaktion", state="open", note="", owner="")),
    Row("work_items:edit", _of("item"), _fixed(title="Anders", team="Redaktion", state="done", note="", owner="")),
    Row("work_items:delete", _of("item"), _fixed()),
    Row("work_items:answer", _of("item"), _fixed(text="Danke.", close="on")),
    Row("work_items:note", _of("item"), _fixed(text="Notiz.")),
    Row("accounts_hand_over", _of("leaving"), lambda room: {"successor": room.foreign.pk},
        frozenset({"templatepage.responsible_person_id"})),
]  # fmt: skip
"""What is allowed alone is what docs/review.md says: notice, particulars, tags, redirects, names of municipalities
(master data, which follows the official directory), who answers."""

ROWS = [*FILES, *OTHERS]

ALONE = {
    "page_correction": frozenset({"correctionnotice.new"}),
    "knowledge_confirm_review": frozenset({"reviewed_at", "reviewed_by_id", "next_review_on"}),
    "wagtailadmin_pages:set_privacy": frozenset({"closed.to"}),
    **dict.fromkeys(
        ("wagtailadmin_pages:move", "wagtailadmin_pages:move_confirm", "wagtail_bulk_action",
         "wagtailadmin_api:pages:action"),
        frozenset({"redirect.new", "page.url_path"}),
    ),
}  # fmt: skip
"""What one person may change for readers at the addresses of a page, by column."""


@cache
def _form(target: Target, user: Any) -> dict[str, Any]:
    text = change(type(target.subject), "Allein.")
    return editor_data(target.subject, user, change_significance="minor", **{**text, **target.form})


def payloads(address: Address, target: Target, user: Any) -> Iterator[dict[str, Any]]:
    """Yield what to send about a target: forms with each action, or a bit of everything."""
    other = target.other.pk
    general = {
        "comment": "Geht so.", "include_descendants": "on", "new_title": "Kopie", "new_slug": "kopie",
        "new_parent_page": other, "publish_copies": "on", "copy_subpages": "on", "alias": "on",
        "restriction_type": "none", "chooser": other, "text": "Ein Hinweis.", "term": "Neu", "slug": "neu",
        "name": "Käthe Groß", "email": "kaethe@hochschule.example", "purpose": "", "until": TOMORROW,
    }  # fmt: skip
    new = address.name.endswith((":add", ":create"))
    if "workflows" in address.name or not (new or address.name.endswith((":edit", ":revisions_revert", ":copy"))):
        yield general
        return
    data = dict(_form(target, user))
    if new:
        data["slug"] = "allein"
    yield {**general, **data, "action-publish": "1"}
    if new or (not address.name.endswith(":edit") and not isinstance(target.subject, FULL)):
        return
    yield {
        **general, **data, "action-workflow-action": "1", "workflow-action-name": "approve",
        "workflow-action-extra-data": json.dumps({"comment": ""}),
    }  # fmt: skip
    if isinstance(target.subject, FULL):
        yield {**general, **data, "action-submit": "1"}
        yield {**general, **data, "overwrite_revision_id": target.subject.latest_revision_id}
