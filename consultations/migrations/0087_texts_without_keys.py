"""Stored texts lose the signed links they quote, as `consultations.mailing.incoming` stores them today.

Where one of them opens a case still, the links to this case end: whoever has asked orders a new one by number and
address (`consultations.requester.lost_links`).
"""

import re
from urllib.parse import unquote

from django.core import signing
from django.db import migrations
from django.db.models import F

from consultations.secret_links import places, without_keys

_BREAK = re.compile(r"[ \t]*\r?\n[> \t]*")
_SIGNED = re.compile(r"[\w-]+:[A-Za-z0-9]{6}:[\w-]{43}(?![\w-])", re.ASCII)
_OF_CASES = ("consultations.requester.case", "consultations.rating")
_OF_DRAFTS = "consultations.wizard.confirm"
_OF_OTHERS = ("consultations.requester.invitation", "consultations.reminders")
TEXTS = (
    ("Message", ("text",), "case_id"),
    ("MessageMail", ("quoted",), "message__case_id"),
    ("IncomingMail", ("subject", "text"), "case_id"),
    ("InternalNote", ("text",), "case_id"),
    ("Concern", ("goal",), "case_id"),
)


def _load(token, salt):
    try:
        value = signing.loads(token, salt=salt)
        return value if isinstance(value, list) and len(value) > 1 else None
    except (signing.BadSignature, ValueError):
        return None


def _opened(apps, address, own):
    """Yield case and generation an address leads to; of one that cannot be read the case it stands in, and None."""
    found = _SIGNED.search(unquote(unquote(_BREAK.sub("", address))))
    token = found[0] if found else ""
    for salt in _OF_CASES:
        if (value := _load(token, salt)) is not None:
            yield value[0], value[1]
            return
    if (value := _load(token, _OF_DRAFTS)) is not None:
        for case in apps.get_model("consultations", "RequestDraft").objects.filter(key=value[0]).values("case_id"):
            yield case["case_id"], 0
    elif found and own is not None and not any(_load(token, salt) for salt in _OF_OTHERS):
        yield own, None


def take_keys_out(apps, schema_editor):
    """Put a mark for each key, and end the links of the cases these open."""
    ended = {}
    for name, fields, path in TEXTS:
        rows = apps.get_model("consultations", name).objects
        for row in rows.order_by("pk").values("pk", path, *fields).iterator(chunk_size=500):
            keys = [row[field][start:end] for field in fields for start, end in places(row[field])]
            for key in keys:
                for case, generation in _opened(apps, key, row[path]):
                    ended.setdefault(case, set()).add(generation)
            if keys:
                rows.filter(pk=row["pk"]).update(**{field: without_keys(row[field]) for field in fields})
    concerns = apps.get_model("consultations", "Concern").objects
    for case, generations in ended.items():
        found = concerns.filter(case_id=case)
        found = found if None in generations else found.filter(link_generation__in=generations)
        found.update(link_generation=F("link_generation") + 1)


class Migration(migrations.Migration):
    dependencies = [("consultations", "0086_returned_faq_drafts")]

    operations = [migrations.RunPython(take_keys_out, migrations.RunPython.noop, elidable=True)]
