#!/usr/bin/env python3
"""Copy the browser libraries out of a node_modules folder into static/vendor (developers only).

The product never runs Node: what this script writes is committed, and static/vendor/MANIFEST.json lists the
SHA-256 of every file (a test keeps the list true). To take newer versions:

    mkdir /tmp/vendor && cd /tmp/vendor && npm init -y
    npm install --ignore-scripts @uswds/uswds@3.14.0 maplibre-gl@6.17.0 pmtiles@4.5.0 us-atlas@3.0.1 chart.js@4.6.1
    python3 bin/vendor_assets.py /tmp/vendor/node_modules
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shutil
import sys
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"

# package folder -> what we ship of it: source path in the package -> path under static/vendor
WHOLE_FILES: dict[str, dict[str, str]] = {
    "@uswds/uswds": {
        "dist/js/uswds.min.js": "uswds/js/uswds.min.js",
        "dist/js/uswds-init.min.js": "uswds/js/uswds-init.min.js",
        "dist/img/sprite.svg": "uswds/img/sprite.svg",
        "LICENSE.md": "uswds/LICENSE.md",
    },
    "maplibre-gl": {
        "dist/maplibre-gl.mjs": "maplibre/maplibre-gl.mjs",
        "dist/maplibre-gl-worker.mjs": "maplibre/maplibre-gl-worker.mjs",
        "dist/maplibre-gl.css": "maplibre/maplibre-gl.css",
        "LICENSE.txt": "maplibre/LICENSE.txt",
    },
    "pmtiles": {"dist/pmtiles.js": "pmtiles/pmtiles.js"},
    "fflate": {"LICENSE": "pmtiles/LICENSE-fflate"},  # built into pmtiles.js
    "chart.js": {"dist/chart.umd.min.js": "chartjs/chart.umd.min.js", "LICENSE.md": "chartjs/LICENSE.md"},
    "us-atlas": {"LICENSE": "us-atlas/LICENSE"},
}
USWDS_CSS = "dist/css/uswds.min.css"

# Both manifest storage and browsers follow these, to files that we do not ship.
SOURCE_MAP = re.compile(rb"(?m)^\s*(?://|/\*)[#@]\s*sourceMappingURL=.*?(?:\*/)?\s*$")
CSS_URL = re.compile(r"url\(([^)]+)\)")
# We set headings in Source Sans and have no hero picture: 270 KB that no page asks for.
UNUSED_CSS = [
    (re.compile(r'@font-face\{font-family:"?Merriweather Web"?;[^}]*\}'), ""),
    (re.compile(r"url\(\.\./img/hero\.jpg\)"), "none"),
]

# California and the states that touch it (FIPS codes); three decimals of a degree are about 100 metres.
STATES = {"06", "41", "32", "04"}
DECIMALS = 3


def main(node_modules: Path) -> None:
    """Rewrite static/vendor from node_modules and print what it weighs."""
    keep = {name: (VENDOR / name).read_bytes() for name in ("LICENSES.md",) if (VENDOR / name).exists()}
    shutil.rmtree(VENDOR, ignore_errors=True)
    for package, files in WHOLE_FILES.items():
        for source, target in files.items():
            write(target, (node_modules / package / source).read_bytes())
    copy_uswds_css(node_modules / "@uswds" / "uswds")
    write_counties(node_modules / "us-atlas" / "counties-10m.json")
    for name, content in keep.items():
        write(name, content)
    write_manifest({package: version(node_modules / package) for package in WHOLE_FILES})


def write(target: str, content: bytes) -> None:
    """Write one file under static/vendor without its source-map pointer."""
    path = VENDOR / target
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in {".js", ".mjs", ".css"}:
        content = SOURCE_MAP.sub(b"", content)
    path.write_bytes(content)


def version(package: Path) -> str:
    """The version that the package itself states."""
    return str(json.loads((package / "package.json").read_text())["version"])


def copy_uswds_css(package: Path) -> None:
    """Copy the design system's stylesheet and exactly the fonts and pictures that it names."""
    css = (package / USWDS_CSS).read_text()
    for pattern, replacement in UNUSED_CSS:
        css, count = pattern.subn(replacement, css)
        if not count:
            raise SystemExit(f"{pattern.pattern} is no longer in {USWDS_CSS}: look again at UNUSED_CSS")
    write("uswds/css/uswds.min.css", css.encode())
    for url in sorted({match.strip("\"'") for match in CSS_URL.findall(css)}):
        if url.startswith("data:"):
            continue
        name = posixpath.normpath("css/" + re.sub(r"[?#].*", "", url))
        write("uswds/" + name, (package / "dist" / name).read_bytes())


def write_counties(atlas: Path) -> None:
    """Cut the county topology to our states and write it as two GeoJSON line features: county and state."""
    topology = json.loads(atlas.read_text())
    arcs = decode_arcs(topology)
    users: dict[int, set[str]] = {}
    for county in topology["objects"]["counties"]["geometries"]:
        for arc in flatten(county["arcs"]):
            users.setdefault(arc if arc >= 0 else ~arc, set()).add(county["id"])
    lines: dict[str, list[list[list[float]]]] = {"county": [], "state": []}
    for index, counties in sorted(users.items()):
        states = {county[:2] for county in counties}
        if not states & STATES or len(arcs[index]) < 2:
            continue
        inner = len(counties) == 2 and len(states) == 1
        lines["county" if inner else "state"].append(arcs[index])
    features = [
        {"type": "Feature", "properties": {"kind": kind}, "geometry": {"type": "MultiLineString", "coordinates": c}}
        for kind, c in lines.items()
    ]
    collection = {"type": "FeatureCollection", "features": features}
    write("us-atlas/counties-west.geojson", json.dumps(collection, separators=(",", ":")).encode() + b"\n")


def decode_arcs(topology: dict[str, Any]) -> list[list[list[float]]]:
    """Undo TopoJSON's quantised deltas: one list of [longitude, latitude] for each arc."""
    (scale_x, scale_y), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    decoded = []
    for arc in topology["arcs"]:
        x = y = 0
        line: list[list[float]] = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            point = [round(x * scale_x + left, DECIMALS), round(y * scale_y + bottom, DECIMALS)]
            if not line or line[-1] != point:
                line.append(point)
        decoded.append(line)
    return decoded


def flatten(arcs: Any) -> list[int]:
    """The arc numbers of a polygon or multipolygon, however deep they lie."""
    if isinstance(arcs, int):
        return [arcs]
    return [number for part in arcs for number in flatten(part)]


def write_manifest(versions: dict[str, str]) -> None:
    """Write versions and hashes, and say how much there is."""
    files = sorted(path for path in VENDOR.rglob("*") if path.is_file())
    hashes = {path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    manifest = {"packages": versions, "sha256": hashes}
    (VENDOR / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")
    total = sum(path.stat().st_size for path in files)
    sys.stdout.write(f"{len(files)} files, {total // 1024} KB, {versions}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
