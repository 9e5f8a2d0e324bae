"""The public counter is whole in Spanish: no page falls back into English, no translation loses what it carries."""

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone, translation

from audit import policy
from audit.models import PolicyActivation
from registry import rules, transparency
from registry.forms import stamp
from tests import make
from tests.registry.test_sign_up_camera import FIELDS, link_in

FOLDER = Path(settings.BASE_DIR) / "registry" / "locale" / "es" / "LC_MESSAGES"
TEXT = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
SPANISH = {"accept-language": "es-US,es;q=0.9,en;q=0.5"}


def entries() -> Iterator[tuple[str, str]]:
    """Each message of the .po file with its translation; of plurals the first forms."""
    for block in (FOLDER / "django.po").read_text().split("\n\n")[1:]:
        said = re.search(rf"^msgid {TEXT}", block, re.MULTILINE)
        becomes = re.search(rf"^msgstr(?:\[0\])? {TEXT}", block, re.MULTILINE)
        if said and becomes:
            yield joined(said[1]), joined(becomes[1])


def joined(quoted: str) -> str:
    return "".join(ast.literal_eval(line) for line in quoted.strip().splitlines())


def words_in(value: object) -> Iterator[transparency.Words]:
    if isinstance(value, transparency.Words):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from words_in(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from words_in(one)


def test_the_compiled_catalogue_is_the_written_one():
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = set(gettext.GNUTranslations(file)._catalog.values())
    missing = [becomes for _, becomes in entries() if becomes not in compiled]
    assert missing == [], "run: msgfmt -o django.mo django.po"


def test_translations_keep_what_is_filled_in():
    for said, becomes in entries():
        assert sorted(re.findall(r"%\(\w+\)[ds]|<[^>]+>", said)) == sorted(re.findall(r"%\(\w+\)[ds]|<[^>]+>", becomes))


@pytest.mark.parametrize("profile", [profile.id for profile in policy.shipped()])
def test_every_clause_shown_is_translated(db, profile):
    PolicyActivation.objects.create(profile=profile, version="1", effective_from=make.LONG_AGO)
    with translation.override("es"):
        built = transparency.build(timezone.now())
    assert [words.text for words in words_in(built) if words.language != "es"] == []


def test_every_refusal_is_translated():
    with translation.override("es"):
        for rule in (rules.TOO_MANY, rules.FORM_TRAP, rules.NO_CONSENT, rules.LINK_OVER):
            for text in (rule.citation.text, rule.next_step):
                assert translation.gettext(text) != text


def test_form_letters_and_own_page_are_in_spanish(db):
    visitor = Client(headers=SPANISH)
    page = visitor.get("/registry/").content.decode()
    assert "Registre su cámara" in page
    assert "Estoy de acuerdo con estos cuatro puntos" in page
    opened = stamp(timezone.now() - timedelta(minutes=1))
    assert "Por qué" in visitor.post("/registry/", FIELDS | {"opened": "forged"}).content.decode()
    visitor.post("/registry/", FIELDS | {"opened": opened})
    assert mail.outbox[0].subject == "Confirme su cámara"
    own = visitor.post(link_in(mail.outbox[0]), follow=True).content.decode()
    assert "Constancia de su consentimiento" in own
    assert "Cámara de timbre" in own


def test_staff_pages_stay_in_english(detective, signed_in):
    page = signed_in(detective).get("/", headers=SPANISH)
    assert "What needs you now" in page.content.decode()
