"""What the matrix of the review works on, made once: of every kind with drafts something live with a new draft.

`own` belongs to the person whose role changes from case to case, `foreign` is tried by a second one with the same
role. Every trial is undone, so all of them start from the same content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Collection, DraftStateMixin, Page, ReferenceIndex, Site, UploadedFile

from faq.models import QuestionPage
from knowledge.models import (
    Act,
    ArticlePage,
    Deadline,
    DecisionHelpPage,
    DecisionIndexPage,
    FieldReport,
    GlossaryTerm,
    RoleIndexPage,
    RolePage,
    TemplateIndexPage,
    TemplatePage,
    TopicIndexPage,
    TopicPage,
)
from knowledge.word import services as word
from knowledge.word import staging
from portal.accounts.models import Municipality, User
from portal.core import work
from portal.core.models import Operator, OutboxMessage, PageTag, PortalDocument, PortalImage, SiteNotice, Tag
from portal.core.visibility import Visibility
from portal.home.models import EasyLanguagePage, HomePage, SignLanguagePage, StandardPage
from search.models import SearchDay, SteeringRule, SteeringVersion
from search.steering import services as steering
from tests import factories
from tests.core import files
from tests.factories import links
from tests.factories.content import document
from tests.factories.experts import invited
from tests.factories.review import REVIEWER, person, save, submit
from tests.people import PortalClient, add_totp

SUPERUSER = "Superuser"


def _below(depth: int, model: Any) -> Callable[[str], Any]:
    """Make a page below the start page, or the root, whether there may be a second one or not."""

    def make(title: str) -> Any:
        page = model(title=title, slug=f"matrix-{model.__name__.lower()}-{title[-1].lower()}")
        return Page.objects.filter(depth=depth).earliest("pk").add_child(instance=page)

    return make


MAKERS: dict[Any, Callable[[str], Any]] = {
    ArticlePage: factories.article,
    QuestionPage: factories.question,
    TemplatePage: factories.template,
    DecisionHelpPage: factories.decision,
    TopicPage: factories.topic,
    StandardPage: factories.standard_page,
    EasyLanguagePage: _below(2, EasyLanguagePage),
    SignLanguagePage: _below(2, SignLanguagePage),
    TopicIndexPage: _below(2, TopicIndexPage),
    TemplateIndexPage: _below(2, TemplateIndexPage),
    DecisionIndexPage: _below(2, DecisionIndexPage),
    RoleIndexPage: _below(2, RoleIndexPage),
    RolePage: factories.role_page,
    HomePage: _below(1, HomePage),
    GlossaryTerm: factories.term,
    Act: factories.act,
    Deadline: factories.deadline,
}
TEXT = {GlossaryTerm: "meaning", Act: "summary", Deadline: "text"}
"""The field of a kind in which the pending change stands; of pages it is the title."""


def kinds_with_drafts() -> set[Any]:
    """Return every model of which readers see one version while another one is written."""
    return {
        model for model in apps.get_models()
        if issubclass(model, DraftStateMixin) and model is not Page and model.__module__.split(".")[0] != "tests"
    }  # fmt: skip


def change(model: Any, text: str) -> dict[str, str]:
    return {TEXT.get(model, "title"): text}


@dataclass(frozen=True, eq=False)
class Target:
    """Something live with a pending change: the object, what is on its way, and where it could go."""

    subject: Any
    state: Any
    other: Any
    form: dict[str, str] = field(default_factory=dict)
    """What the form sends beside the pending change."""

    @property
    def is_page(self) -> bool:
        return isinstance(self.subject, Page)

    @property
    def submitted(self) -> bool:
        return self.state is not None


@dataclass
class Room:
    """All targets, the two people who try, and things of other kinds by name."""

    own: User
    foreign: User
    clients: dict[str, PortalClient] = field(default_factory=dict)
    targets: dict[tuple[Any, bool], Target] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    shown: dict[Any, list[int]] = field(default_factory=dict)
    nobodys: list[Target] = field(default_factory=list)
    """Submitted by `own`, written by nobody of today: the system, or somebody who has left."""
    offline: list[Target] = field(default_factory=list)
    """Sections that are offline, closed or open, with something live below: their form asks for the contrary."""

    def user(self, whose: str) -> User:
        return self.own if whose == "own" else self.foreign

    def replenish(self) -> None:
        """Put back what lies in folders: other tests clear them, and no savepoint brings it back."""
        for name, content in (("document", b"Inhalt"), ("free", b"Inhalt"), ("uploaded", b"Neu"),
                              ("image", files.png()), ("picture", files.png())):  # fmt: skip
            path = Path(self.things[name].file.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.things["waiting"] = _pasted(self.own, self.things["page"].get_parent())

    @contextmanager
    def acting(self, whose: str, role: str) -> Iterator[User]:
        """Give the person who tries a role; who wrote the drafts stays an editor otherwise."""
        user = self.user(whose)
        user.groups.set(Group.objects.filter(name=role))
        User.objects.filter(pk=user.pk).update(is_superuser=role == SUPERUSER)
        yield User.objects.get(pk=user.pk)


def _target(model: Any, author: User | None, other: Any, *, submitter: User | None, mark: str = "") -> Target:
    name = f"{model._meta.verbose_name} {mark or ('E' if submitter else 'O')}"
    subject = MAKERS[model](name)
    if hasattr(subject, "responsible_person"):  # else a release would be refused as incomplete
        subject.responsible_person = subject.responsible_person or submitter or author
    subject.save_revision().publish()
    save(subject, author, change_significance="minor", **change(model, f"{name} neu"))
    state = submit(subject, submitter) if submitter else None
    fresh = model.objects.get(pk=subject.pk)
    ReferenceIndex.create_or_update_for_object(fresh)
    return Target(fresh, state, other)


def _shown() -> tuple[Any, Any]:
    """Make a file and a picture that readers have in front of them."""
    image = PortalImage.objects.create(
        title="Bild", description="Ein Bild", licence="eigenes Bild",
        file=ContentFile(files.png(), name="bild.png"),
    )  # fmt: skip
    used = document("Gezeigt.txt")
    body = [("image", {"image": image, "alt": "", "caption": ""}), ("file", {"document": used, "title": ""})]
    ReferenceIndex.create_or_update_for_object(factories.standard_page("Mit Bild", body=body))
    return used, image


def _uploaded(model: Any, user: User, name: str, content: bytes) -> UploadedFile:
    kind = ContentType.objects.get_for_model(model)
    file = ContentFile(content, name=name)
    return UploadedFile.objects.create(for_content_type=kind, uploaded_by_user=user, file=file)


def _things(room: Room) -> dict[str, Any]:
    """Make what is no draft but stands beside it: files, tags, redirects, links, work, people."""
    page = room.targets[ArticlePage, False].subject
    tags = [Tag.objects.create(name=name, slug=name.lower()) for name in ("Haushalt", "Etat")]
    PageTag.objects.create(tag=tags[0], content_object=page)
    broken = links.link(failures=3)
    links.place(broken, page)
    item = work.open_item(kind="feedback", title="Rückmeldung", page=page)
    work.add_report(item=item, text="Größe fehlt", reply_to="ute@stadt.example")
    leaving, site = person("Geht"), Site.objects.get()
    SearchDay.objects.create(
        day=timezone.localdate(), normal="wohngeld", engine="embedded", text="Wohngeld", count=1, nothing=1
    )
    rule = steering.save_rule(rule=SteeringRule(kind="never", words="XÖV"), actor=room.own)
    settings = [model.for_site(site) for model in (Operator, SiteNotice)]
    TemplatePage.objects.filter(live=True).update(responsible_person=leaving)
    report = factories.article("Bericht", kind=ArticlePage.Kind.PRAXISBERICHT)
    FieldReport.objects.create(
        page=report, municipality=Municipality.objects.earliest("pk"), product="Dienst", effort_days=3,
        contact_name="Demo", contact_email="demo@stadt.example", contact_consent=True,
        contact_until=timezone.localdate() + timedelta(days=9),
    )  # fmt: skip
    return {
        "report": report, "town": report.field_reports.get().municipality,
        "free": document("Frei.txt"), "tags": tags, "link": broken, "item": item,
        "leaving": leaving, "redirect": Redirect.objects.create(old_path="/alt", redirect_link="/neu/"),
        "invitation": invited(page, room.own)[0], "site": site, "page": page,
        "uploaded": _uploaded(PortalDocument, room.own, "neu.txt", b"Neu"),
        "picture": _uploaded(PortalImage, room.own, "neu.png", files.png()),
        "collection": Collection.get_first_root_node().add_child(name="Ablage"),
        "message": OutboxMessage.objects.create(
            kind="mail", key="1", sequence=1, state="waiting", attempts=5, next_attempt_at=timezone.now()
        ),
        "operator": settings[0], "sitenotice": settings[1],
        "rule": rule, "version": SteeringVersion.objects.get(rule=rule.pk),
    }  # fmt: skip


def _pasted(user: User, topic: Any) -> Any:
    """Put a text on the way to a draft, as the import from Word does before it asks; what waited is dropped."""
    for waiting in staging.waiting(user_id=user.pk):
        waiting.discard()
    upload = word.begin(user=user, topic=topic.specific, kind="knowledge.articlepage", name="Text")
    return word.stage_paste(upload=upload, source="<h1>Neu</h1><p>Text.</p>", is_html=True)


def _offline(author: User, other: Any, level: Visibility, asked: Visibility) -> Target:
    topic = factories.topic(f"Offline {level.label}", live=False, visibility=level)
    factories.article(f"Darunter {level.label}", parent=topic)
    save(topic, author, title="Neu")
    form = {"visibility": asked.value, "slug": f"anders-{level.value}"}
    return Target(TopicPage.objects.get(pk=topic.pk), None, other, form)


def furnish() -> Room:
    own, foreign = person("Erste"), person("Zweite", REVIEWER)
    room = Room(own, foreign)
    for name in ("own", "foreign"):
        add_totp(room.user(name))
        room.clients[name] = PortalClient(raise_request_exception=False)
        room.clients[name].force_login(room.user(name))
    other = factories.topic("Anderswo")
    used, image = _shown()
    for model in MAKERS:
        for submitted in (True, False):
            room.targets[model, submitted] = _target(model, own, other, submitter=own if submitted else None)
    left = person("Gegangen", is_active=False)
    room.nobodys = [
        _target(model, author, other, submitter=own, mark=mark)
        for model in (ArticlePage, GlossaryTerm) for author, mark in ((None, "S"), (left, "G"))
    ]  # fmt: skip
    room.offline = [
        _offline(own, other, Visibility.CENTRE, Visibility.PUBLIC),
        _offline(own, other, Visibility.PUBLIC, Visibility.CENTRE),
    ]
    room.things = _things(room) | {"document": used, "image": image}
    template_files = TemplatePage.objects.filter(live=True).values_list("file_id", flat=True)
    room.shown = {PortalDocument: [room.things["document"].pk, *template_files],
                  PortalImage: [room.things["image"].pk]}  # fmt: skip
    return room
