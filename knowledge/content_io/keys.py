"""Keys that only the knowledge base has: legal basis, sources, related pages, next step, provisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from knowledge.act_names import names_of
from knowledge.acts import ActIndex, ActInfo
from knowledge.citations import provision_key, unknown_citations
from knowledge.facts.naming import missing_fact
from knowledge.facts.queries import known_identifiers
from knowledge.models import Act, ArticlePage, PageSource, Provision
from knowledge.models.template import file_error
from knowledge.validation import basis_line_error, short_answer_error
from portal.core.content_io import (
    BadContentError,
    ExportContext,
    FileKey,
    ImportContext,
    Key,
    World,
    check_length,
    clean_text,
    lacking,
    suggestion,
)
from portal.core.content_io.keys import date_of, list_of, missing_page, text_of, words_of
from portal.core.content_io.problems import KeyPath

NO_BASIS = "keine"
ADVICE = "beratung"
SOURCE = "Eine Quelle hat „title“ und, wenn bekannt, „url“."
PROVISION = "Eine Vorschrift braucht „ref“, zum Beispiel „§ 9 Abs. 1“."
ACT_FOLDER = "recht/"
FACT_FOLDER = "fakten"


class ShortAnswerKey(Key):
    """A short answer; the same rule of five sentences as in the editor's form."""

    def parse(self, raw: Any) -> Any:
        text = super().parse(raw)
        error = short_answer_error(text)
        if error:
            raise BadContentError(error)
        return text


class LegalBasisKey(Key):
    """Citations, or the word `keine`."""

    def parse(self, raw: Any) -> Any:
        if isinstance(raw, str):
            if clean_text(raw) not in {NO_BASIS, ""}:
                raise BadContentError("Hier steht eine Liste von Fundstellen oder das Wort „keine“.")
            return clean_text(raw)
        return words_of(raw)

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        if any(path.startswith(ACT_FOLDER) for path in world.broken):
            return  # the act may be the one whose file is broken
        index = acts_of(world)
        for position, line in enumerate(value if isinstance(value, list) else ()):
            if error := basis_line_error(line, index):
                name = (unknown_citations(line, index) or [line])[0].split()[-1]
                known = sorted({act.abbreviation for act in index.by_name.values()})
                yield BadContentError(error + suggestion(name, known)[:200], at=(position,))

    def read(self, instance: Any, context: ExportContext) -> Any:
        if instance.no_legal_basis:
            return NO_BASIS
        return [" ".join(line.split()) for line in instance.legal_basis.splitlines() if line.strip()]

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        instance.no_legal_basis = value == NO_BASIS
        instance.legal_basis = "\n".join(value) if isinstance(value, list) else ""


def acts_of(world: World) -> ActIndex:
    """Return the acts that exist or are about to be imported, by all their names."""
    if "acts" not in world.cache:
        coming = {document.path.rpartition("/")[2]: document.meta for document in world.documents("act")}
        acts = [
            (_info(0, act.slug, act.abbreviation), names_of(act.abbreviation, act.title, act.alias_list))
            for act in Act.objects.exclude(slug__in=coming)
        ]
        for number, (slug, meta) in enumerate(coming.items(), start=1):
            short = meta.get("abbreviation") or slug
            acts.append(
                (_info(number, slug, short), names_of(short, meta.get("title") or "", meta.get("aliases") or []))
            )
        world.cache["acts"] = ActIndex(acts)
    index: ActIndex = world.cache["acts"]
    return index


def _info(pk: int, slug: str, abbreviation: str) -> ActInfo:
    return ActInfo(pk, slug, abbreviation, "", "", "", "")


class SourcesKey(Key):
    """Sources with title and, where known, address."""

    late = True

    def parse(self, raw: Any) -> list[dict[str, str]]:
        sources = []
        for index, item in enumerate(list_of(raw)):
            if not isinstance(item, dict) or not set(item) <= {"title", "url"}:
                raise BadContentError(SOURCE, at=(index,))
            if not item.get("title"):
                lacking(SOURCE, at=(index,))
            source = {name: " ".join(text_of(item[name]).split()) for name in ("title", "url") if item.get(name)}
            title = PageSource._meta.get_field("title")
            check_length(source.get("title", ""), title, what="Die Quelle", at=(index, "title"))
            if "url" in source:
                _check_url(source["url"], (index, "url"))
            sources.append(source)
        return sources

    def read(self, instance: Any, context: ExportContext) -> list[dict[str, str]]:
        rows = instance.sources.all()
        return [
            {name: value for name, value in (("title", " ".join(row.title.split())), ("url", row.url)) if value}
            for row in rows
        ]

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        instance.sources = [
            PageSource(sort_order=position, title=source.get("title", ""), url=source.get("url", ""))
            for position, source in enumerate(value or [])
        ]


class PageListKey(Key):
    """Pages an editor has chosen, in their order; rows of `model` with a `target`."""

    late = True

    def __init__(self, name: str, relation: str, model: type[Any]) -> None:
        super().__init__(name, relation)
        self.model = model

    def parse(self, raw: Any) -> list[str]:
        return [word.strip("/") for word in words_of(raw)]

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        for index, path in enumerate(value):
            for error in missing_page(path, world):
                yield BadContentError(error.message, at=(index,))

    def references(self, value: Any) -> Iterable[tuple[KeyPath, str]]:
        return [((index,), path) for index, path in enumerate(value or [])]

    def without(self, value: Any, gone: Collection[str]) -> Any:
        return [path for path in value or [] if path not in gone]

    def read(self, instance: Any, context: ExportContext) -> list[str]:
        paths = [context.path_of(row.target_id) for row in getattr(instance, self.attribute).all()]
        return [path for path in paths if path]

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        rows = [
            self.model(sort_order=position, target_id=context.page_id(path))
            for position, path in enumerate(value or [])
        ]
        setattr(instance, self.attribute, rows)


class TemplateFileKey(FileKey):
    """The file of a template: one that can be edited."""

    def parse(self, raw: Any) -> str:
        name = super().parse(raw)
        if name and (error := file_error(name)):
            raise BadContentError(error)
        return name


class NextStepKey(Key):
    """Label and target; the target `beratung` is the advice page, which is no page of the tree."""

    late = True

    @property
    def fields(self) -> list[str]:
        return ["next_step_label", "next_step_page"]

    def parse(self, raw: Any) -> dict[str, str]:
        if raw == "":
            return {}
        if not isinstance(raw, dict) or set(raw) != {"label", "target"}:
            raise BadContentError("„next_step“ hat genau „label“ und „target“.")
        label = " ".join(text_of(raw["label"]).split())
        column = ArticlePage._meta.get_field("next_step_label")
        check_length(label, column, what="Der nächste Schritt", at=("label",))
        return {"label": label, "target": text_of(raw["target"]).strip("/") or ADVICE}

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        if value["target"] != ADVICE:
            for error in missing_page(value["target"], world):
                yield BadContentError(error.message, at=("target",))

    def references(self, value: Any) -> Iterable[tuple[KeyPath, str]]:
        return [(("target",), value["target"])] if value else []

    def without(self, value: Any, gone: Collection[str]) -> Any:
        return {} if value and value["target"] in gone else value

    def read(self, instance: Any, context: ExportContext) -> dict[str, str]:
        label = " ".join(instance.next_step_label.split())
        target = context.path_of(instance.next_step_page_id)
        if not label and not target:
            return {}
        return {"label": label, "target": target or ADVICE}

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        target = value["target"] if value else ADVICE
        instance.next_step_label = value["label"] if value else ""
        instance.next_step_page_id = None if target == ADVICE else context.page_id(target)


class FactsKey(Key):
    """Identifiers of the fact sheet; each must stand there."""

    def parse(self, raw: Any) -> list[str]:
        return words_of(raw)

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        if FACT_FOLDER in world.broken:
            return  # the fact may stand in the sheet that cannot be read
        known = facts_of(world)
        for position, name in enumerate(value):
            if name not in known:
                yield BadContentError(missing_fact(name, sorted(known)), at=(position,))

    def read(self, instance: Any, context: ExportContext) -> list[str]:
        return [str(fact) for fact in instance.facts or []] if context.ids else []

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        instance.facts = list(value or [])


def facts_of(world: World) -> set[str]:
    """Return the identifiers that exist or are about to be imported."""
    if "facts" not in world.cache:
        world.cache["facts"] = {*known_identifiers(), *(document.name for document in world.documents("fact"))}
    found: set[str] = world.cache["facts"]
    return found


class CounterpartKey(Key):
    """The act that holds instead, by slug."""

    late = True

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        coming = [document.path.rpartition("/")[2] for document in world.documents("act")]
        if value not in coming and not Act.objects.filter(slug=value).exists():
            yield BadContentError(f"Die Rechtsvorschrift „{value}“ gibt es nicht.{suggestion(value, coming)}")

    def references(self, value: Any) -> Iterable[tuple[KeyPath, str]]:
        return [((), f"{ACT_FOLDER}{value}")] if value else []

    def without(self, value: Any, gone: Collection[str]) -> Any:
        return "" if f"{ACT_FOLDER}{value}" in gone else value

    def read(self, instance: Any, context: ExportContext) -> str:
        return instance.counterpart.slug if instance.counterpart_id else ""

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        instance.counterpart_id = context.object_id("act", value) if value else None


_PROVISION = ("ref", "summary", "in_force_from", "in_force_to")


class ProvisionsKey(Key):
    """The cited provisions of an act."""

    def parse(self, raw: Any) -> list[dict[str, Any]]:
        provisions: list[dict[str, Any]] = []
        keys: set[str] = set()
        for index, item in enumerate(list_of(raw)):
            if not isinstance(item, dict):
                raise BadContentError(PROVISION, at=(index,))
            if not item.get("ref"):
                lacking(PROVISION, at=(index,))
            for name in item:
                if name not in _PROVISION:
                    raise BadContentError(
                        f"„{name}“ ist hier nicht bekannt.{suggestion(name, _PROVISION)}", at=(index, name)
                    )
            ref = " ".join(text_of(item.get("ref", "")).split())
            check_length(ref, Provision._meta.get_field("ref"), what="Die Vorschrift", at=(index, "ref"))
            key = provision_key(ref)
            if not key and ref:
                raise BadContentError(f"„{ref}“ ist keine Vorschrift wie „§ 9 Abs. 1“.", at=(index, "ref"))
            if key and key in keys:
                raise BadContentError(f"Die Vorschrift „{ref}“ steht zweimal da.", at=(index, "ref"))
            keys.add(key)
            provisions.append(_left_out(self._provision(ref, item, index)))
        return provisions

    def _provision(self, ref: str, item: dict[str, Any], index: int) -> dict[str, Any]:
        dates: dict[str, date | None] = {}
        for name in ("in_force_from", "in_force_to"):
            try:
                dates[name] = date_of(item.get(name, ""))
            except BadContentError as error:
                raise BadContentError(error.message, at=(index, name)) from error
        first, last = dates["in_force_from"], dates["in_force_to"]
        if first and last and last < first:
            raise BadContentError("Das Ende darf nicht vor dem Beginn liegen.", at=(index, "in_force_to"))
        summary = text_of(item.get("summary", ""))
        try:
            Provision._meta.get_field("summary").run_validators(summary)
        except ValidationError as error:
            raise BadContentError(f"„summary“: {error.messages[0]}", at=(index, "summary")) from error
        return {"ref": ref, "summary": summary, **dates}

    def read(self, instance: Any, context: ExportContext) -> list[dict[str, Any]]:
        return [
            _left_out(
                {
                    "ref": " ".join(row.ref.split()),
                    "summary": clean_text(row.summary),
                    "in_force_from": row.in_force_from,
                    "in_force_to": row.in_force_to,
                }
            )
            for row in instance.provisions.all()
        ]

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        instance.provisions = [
            Provision(sort_order=position, key=provision_key(item.get("ref", "")), **item)
            for position, item in enumerate(value or [])
        ]


def _left_out(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value not in (None, "")}


def _check_url(url: str, at: tuple[str | int, ...]) -> None:
    if urlsplit(url).scheme not in {"http", "https"} or " " in url:
        raise BadContentError(f"„{url[:80]}“ ist keine Adresse der Form https://…", at=at)
    check_length(url, PageSource._meta.get_field("url"), what="Die Adresse", at=at)
