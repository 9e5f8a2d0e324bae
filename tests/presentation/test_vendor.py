"""What the browser gets from others is what was committed, and it is all there."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "MANIFEST.json").read_text())
STYLESHEETS = sorted(STATIC.rglob("*.css"))
SCRIPTS = sorted(path for path in STATIC.rglob("*") if path.suffix in {".js", ".mjs"})
OUR_SCRIPTS = sorted((STATIC / "js").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_manifest_names_every_vendored_file_with_its_hash() -> None:
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }
    assert found == MANIFEST["sha256"]


def test_every_vendored_package_has_its_licence_named() -> None:
    licences = (VENDOR / "LICENSES.md").read_text()
    assert [package for package in MANIFEST["packages"] if package not in licences] == []


def test_vendored_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in VENDOR.rglob("*") if path.is_file()) < 3_200_000


@pytest.mark.parametrize("path", STYLESHEETS, ids=lambda path: path.name)
def test_every_file_that_a_stylesheet_names_is_shipped(path: Path) -> None:
    urls = [url.strip("\"'") for url in re.findall(r"url\(([^)]+)\)", path.read_text())]
    files = [re.sub(r"[?#].*", "", url) for url in urls if not url.startswith(("data:", "#"))]
    assert [name for name in files if not (path.parent / name).is_file()] == []


@pytest.mark.parametrize("path", STYLESHEETS + SCRIPTS, ids=lambda path: path.name)
def test_no_file_points_to_a_source_map(path: Path) -> None:
    assert "sourceMappingURL=" not in path.read_text()


@pytest.mark.parametrize("path", OUR_SCRIPTS, ids=lambda path: path.name)
def test_our_scripts_build_no_page_out_of_text(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text) == []


@pytest.mark.parametrize("path", OUR_SCRIPTS, ids=lambda path: path.name)
def test_our_scripts_stand_alone(path: Path) -> None:
    """An import or an export between modules would name a file that the manifest storage has renamed.

    What a page names in its markup may be imported by that name (map.js does so with search_draw.js).
    """
    assert re.findall(r"(?m)^\s*(?:import\b(?!\()|export\b)", path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_has_what_the_content_policy_refuses(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", path.read_text(), flags=re.DOTALL)
    inline_scripts = [
        tag for tag in re.findall(r"<script\b[^>]*>", text) if " src=" not in tag and "application/json" not in tag
    ]
    assert inline_scripts == []
    assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=|javascript:", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_asks_another_host_for_anything(path: Path) -> None:
    assert re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//", path.read_text()) == []


def test_every_static_file_that_a_template_names_is_shipped_by_us_or_an_app() -> None:
    from django.contrib.staticfiles import finders

    names = {name for path in TEMPLATES for name in re.findall(r"{% static [\"']([^\"']+)[\"'] %}", path.read_text())}
    assert [name for name in sorted(names) if not finders.find(name)] == []
