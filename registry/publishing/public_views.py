"""Doors of what is published: the page, every version and its files, differences, definitions. No sign-in, no query
of anything but publications; so there is nothing to record."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import http_date, quote_etag
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from audit.log import checkpoints
from registry import transparency
from registry.language import in_the_readers_language
from registry.models import Publication
from registry.publishing import files, recompute
from registry.publishing.content import sha256
from registry.publishing.differences import differences_of
from registry.publishing.figures import FIGURES, SHARES
from registry.publishing.page import page_of
from registry.publishing.steps import last_published

PUBLISHED = Publication.State.PUBLISHED


@require_safe
@in_the_readers_language
def transparency_page(request: HttpRequest) -> HttpResponse:
    """The newest publication; before the first, the policy part as it stands and a word that nothing is published."""
    row, at = last_published(), timezone.now()
    if row is None:
        context: dict[str, Any] = {"page": transparency.build(at)}
    else:
        view = page_of(row.content)
        context = {"page": view.page, "view": view, "row": row, "downloads": _downloads(row)}
    return render(request, "registry/transparency.html", context | _exposure(at))


@require_safe
def transparency_json(request: HttpRequest) -> HttpResponse:
    """The policy part as it stands, for machines, and where the newest publication is."""
    content = transparency.as_json(timezone.now())
    row = last_published()
    content["publication"] = (
        {"number": row.number, "sha256": row.sha256, "record": row.record_index, "files": _downloads(row)}
        if row
        else None
    )
    return _for_machines(JsonResponse(content, json_dumps_params={"indent": 1}))


@require_safe
@in_the_readers_language
def versions(request: HttpRequest) -> HttpResponse:
    """Everything that was ever published."""
    rows = Publication.objects.filter(state=PUBLISHED).order_by("-number").defer("content")
    return render(request, "registry/transparency_versions.html", {"rows": list(rows)})


@require_safe
@in_the_readers_language
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version as it was published."""
    row = _published(number)
    view = page_of(row.content)
    newest = Publication.objects.filter(state=PUBLISHED).order_by("-number").values_list("number", flat=True).first()
    context = {"page": view.page, "view": view, "row": row, "downloads": _downloads(row), "newest": newest}
    return render(request, "registry/transparency.html", context)


@require_safe
@in_the_readers_language
def version_differences(request: HttpRequest, number: int, other: int) -> HttpResponse:
    """What changed from one version to another."""
    old, new = _published(other), _published(number)
    found = differences_of(old.content, new.content)
    return render(request, "registry/transparency_differences.html", {"old": old, "new": new, "differences": found})


@require_safe
def version_file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """A file of a version: the same bytes for good."""
    if name not in files.MEDIA:
        raise Http404
    row = _published(number)
    data = files.file_of(name, row.content)
    response = HttpResponse(data, content_type=f"{files.MEDIA[name]}; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{name.replace(".", f"-{number}.", 1)}"'
    response["ETag"] = quote_etag(sha256(data))
    response["Last-Modified"] = http_date((row.decided_at or row.prepared_at).timestamp())
    response["Cache-Control"] = "public, max-age=86400, immutable"
    return _for_machines(response)


@require_safe
@in_the_readers_language
def definitions(request: HttpRequest) -> HttpResponse:
    """What each figure means."""
    figures = [_translated(asdict(one)) for one in FIGURES]
    shares = [_translated(asdict(one)) for one in SHARES]
    return render(request, "registry/transparency_definitions.html", {"figures": figures, "shares": shares})


@require_safe
def recompute_script(request: HttpRequest) -> HttpResponse:
    """The stand-alone program that checks the files of a version."""
    response = HttpResponse(recompute.source(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recompute_transparency.py"'
    return response


def _translated(figure: dict[str, Any]) -> dict[str, Any]:
    said = {key: gettext(figure[key]) for key in ("title", "words", "formula", "source") if figure.get(key)}
    classes = [gettext(words) for _, words in figure.get("classes", ())]
    return figure | said | {"class_words": classes}


def _downloads(row: Publication) -> list[dict[str, str]]:
    """Each file with its address and hash."""
    made = files.files_of(row.content)
    return [
        {"name": name, "href": f"/transparency/versions/{row.number}/{name}", "sha256": sha256(data)}
        for name, data in made.items()
    ]


def _published(number: int) -> Publication:
    return get_object_or_404(Publication, number=number, state=PUBLISHED)


def _exposure(at: datetime) -> dict[str, Any]:
    """How far the checkpoints outside the database cover the ledger. A handful of look-ups by index."""
    found = checkpoints.exposure(at)
    return {"exposure": found, "uncovered_for": timesince(at - found.window, at)}


def _for_machines(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    return response
