"""The public sees what was published and its files, in English and Spanish; what is withheld is in none of them."""

import hashlib
import html
import json
import subprocess
import sys

import pytest
from django.test import Client

from audit.models import LedgerEntry
from registry.models import PartnerAgency, Publication, Sharing
from registry.publishing import recompute, steps
from tests import make
from tests.registry.publishing.months import AT, counted, designated

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("transparency.json", "figures.csv", "shares.csv", "agencies.csv")


@pytest.fixture
def published(clerk) -> Publication:
    """Eight months, one withheld cell among them, with people and an agency."""
    counted(packages=[12, 12, 3, 12, 20, 12, 15, 12])
    designated()
    agency = PartnerAgency.objects.create(name="Eastgate Motors", legal_class="private")
    Sharing.objects.create(agency=agency, direction="shares", starts_at=make.LONG_AGO)
    row = steps.prepare(by=make.by(clerk), at=AT)
    return steps.publish(row.pk, by=make.by(make.user("custodian", "custodian", trained=False)), at=AT)


def shown(path: str, language: str = "en") -> str:
    response = Client().get(path, headers={"accept-language": language})
    assert response.status_code == 200, path
    return html.unescape(response.content.decode())


def test_before_the_first_publication_the_page_says_so(db):
    assert "Nothing has been published yet." in shown("/transparency/")
    assert "Nothing has been published yet." in shown("/transparency/versions/")
    assert "Todavía no se ha publicado nada." in shown("/transparency/", "es")


def test_the_page_shows_figures_people_agencies_and_files(published):
    page = shown("/transparency/")
    for words in (
        "Version 1",
        "May 2026",
        "Quarter 1 of 2026",
        "120,000",
        "Captain Robin Sample",
        "Records Manager Kim Example",
        "Eastgate Motors",
        "private party",
        "withheld",
        published.sha256,
        f"in record {published.record_index}",
        "(F)",
    ):
        assert words in page, words


def test_files_are_those_whose_hash_the_ledger_holds(published):
    entry = LedgerEntry.objects.get(index=published.record_index)
    recorded = json.loads(entry.clear.detail)["files"]
    for name in NAMES:
        response = Client().get(f"/transparency/versions/1/{name}")
        assert hashlib.sha256(response.content).hexdigest() == recorded[name]
    assert recorded["transparency.json"] == published.sha256
    assert Client().get("/transparency/versions/1/other.csv").status_code == 404
    assert Client().get("/transparency/versions/2/").status_code == 404


def test_an_outsider_recomputes_every_sum_with_the_program_served(published, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(Client().get(f"/transparency/versions/1/{name}").content)
    program = tmp_path / "recompute_transparency.py"
    program.write_bytes(Client().get("/transparency/recompute.py").content)
    run = [sys.executable, "-I", str(program), str(folder)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert published.sha256 in done.stdout
    content = json.loads((folder / "transparency.json").read_bytes())
    content["figures"][0]["rows"][-1]["values"]["2026-Q1"] += 1
    content["shares"][0]["tenths_of_percent"]["2026-05"] += 1
    (folder / "transparency.json").write_text(json.dumps(content))
    assert len(recompute.check(folder)) == 3


def test_withheld_numbers_are_nowhere(published):
    content = published.content
    rows = next(one for one in content["figures"] if one["code"] == "packages")["rows"][-1]["values"]
    hidden = [period for period, value in rows.items() if value is None]
    assert "2025-12" in hidden
    assert len(hidden) >= 2
    csv_text = Client().get("/transparency/versions/1/figures.csv").content.decode()
    assert "packages,total,Total,2025-12,,yes" in csv_text


def test_pages_of_what_is_published_are_whole_in_spanish(published):
    page = shown("/transparency/", "es")
    for words in (
        "Búsquedas por finalidad",
        "retenido",
        "Custodio oficial",
        "Lecturas de placas",
        "parte privada",
        "Trimestre 1",
    ):
        assert words in page, words
    assert "Qué se cuenta exactamente" in shown("/transparency/definitions/", "es")
    assert "Versión 1" in shown("/transparency/versions/", "es")


def test_versions_and_differences_are_public(published, clerk):
    Sharing.objects.update(ends_at=AT)
    row = steps.prepare(by=make.by(clerk), at=AT)
    steps.publish(row.pk, by=make.by(make.user("second", "custodian", trained=False)), at=AT)
    page = shown("/transparency/versions/2/from/1/")
    assert "Taken out" in page
    assert "Eastgate Motors" in page
    assert "Eastgate Motors" in shown("/transparency/versions/1/")
    assert "This is an older version." in shown("/transparency/versions/1/")
    assert "Eastgate Motors" not in shown("/transparency/versions/2/")
    assert Client().get("/transparency.json").json()["publication"]["number"] == 2


def test_every_figure_links_its_definition(published):
    page, definitions = shown("/transparency/"), shown("/transparency/definitions/")
    for one in (*published.content["figures"], *published.content["shares"]):
        assert f'/transparency/definitions/#{one["code"]}"' in page
        assert f'id="{one["code"]}"' in definitions


def test_the_page_reads_publications_and_no_plate_data(published, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        shown("/transparency/")


def test_demonstration_figures_are_called_so(clerk):
    counted(demonstration=1)
    row = steps.prepare(by=make.by(clerk), at=AT)
    steps.publish(row.pk, by=make.by(make.user("custodian", "custodian", trained=False)), at=AT)
    assert "these figures are invented" in shown("/transparency/")
