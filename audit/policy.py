"""Policy profiles: an agency's rules as data with their citations. Which one is in force when, and by which text.

A version written in the product, or put in force in it, is found by its kept text (``ProfileVersion``); any other by
the file that ships.
"""

import re
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import OuterRef, Subquery

from audit.models import PolicyActivation, PolicyDetermination, ProfileVersion
from audit.policies.document import (
    Conflict,
    Problem,
    Profile,
    ProfileError,
    Prohibition,
    Purpose,
    Value,
    add_duration,
    duration,
    read,
    sha256_of,
)

__all__ = [
    "FOLDER",
    "Conflict",
    "Problem",
    "Profile",
    "ProfileError",
    "Prohibition",
    "Purpose",
    "UnknownStamp",
    "Value",
    "add_duration",
    "duration",
    "in_force",
    "load",
    "of_stamp",
    "parse",
    "shipped",
    "text_of",
    "undetermined",
]

FOLDER = Path(__file__).resolve().parent / "profiles"


class UnknownStamp(LookupError):
    """No text is known for this profile and version."""


def parse(path: Path) -> Profile:
    """Read one profile file. Raises ProfileError naming file, key and reason."""
    return read(path.read_text(), path.name)


@cache
def load(profile_id: str) -> Profile:
    """A shipped profile by its id. Raises ProfileError when there is no such file or it is wrong."""
    return parse(_file(profile_id))


def _file(profile_id: str) -> Path:
    path = FOLDER / f"{profile_id}.toml"
    if not re.fullmatch(r"[a-z0-9_]+", profile_id) or not path.exists():
        raise ProfileError(profile_id, f"no such profile in {FOLDER.name}/")
    return path


def shipped() -> list[Profile]:
    """All profiles that ship, in order of id."""
    return [load(path.stem) for path in sorted(FOLDER.glob("*.toml"))]


def in_force(at: datetime) -> Profile:
    """The profile in force at an instant: the latest activation not after it, else the setting's.

    One query; a second the first time this process meets a version kept in the database. Raises ProfileError where a
    kept text is not the one that was saved.
    """
    kept = ProfileVersion.objects.filter(profile=OuterRef("profile"), version=OuterRef("version"))
    row = (
        PolicyActivation.objects.filter(effective_from__lte=at)
        .annotate(sha256=Subquery(kept.values("sha256")[:1]))
        .order_by("-effective_from", "-id")
        .values_list("profile", "version", "sha256")
        .first()
    )
    if row is None:
        return load(settings.POLICY_PROFILE)
    profile, version, sha256 = row
    return _kept(profile, version, sha256) if sha256 else load(profile)


def of_stamp(stamp: str) -> Profile:
    """The profile a ledger record was judged by. Raises UnknownStamp. One query, two at the first meeting."""
    profile, _, version = stamp.partition("@")
    sha256 = ProfileVersion.objects.filter(profile=profile, version=version).values_list("sha256", flat=True).first()
    if sha256:
        return _kept(profile, version, sha256)
    found = next((one for one in shipped() if one.stamp == stamp), None)
    if found is None:
        raise UnknownStamp(stamp)
    return found


def text_of(stamp: str) -> str:
    """The whole TOML text of a version. Raises UnknownStamp."""
    profile, _, version = stamp.partition("@")
    row = ProfileVersion.objects.filter(profile=profile, version=version).values_list("text", flat=True).first()
    if row is not None:
        return row
    if not any(one.stamp == stamp for one in shipped()):
        raise UnknownStamp(stamp)
    return _file(profile).read_text()


@lru_cache(maxsize=256)
def _kept(profile: str, version: str, sha256: str) -> Profile:
    """A version kept in the database, read once per text. Its fingerprint must be that of its text and of no other."""
    text = ProfileVersion.objects.values_list("text", flat=True).get(profile=profile, version=version)
    name = f"{profile}@{version}"
    if sha256_of(text) != sha256:
        raise ProfileError(name, "the kept text is not the one that was saved: its SHA-256 differs")
    read_back = read(text, name)
    if read_back.stamp != name:
        raise ProfileError(name, f"the kept text is that of {read_back.stamp}")
    return read_back


def undetermined(profile: Profile, blocked: str) -> list[Conflict]:
    """Conflicts that hold ``blocked`` back (such as "purge") and have no determination on file. One query at most."""
    waiting = [conflict for conflict in profile.conflicts if blocked in conflict.blocks]
    if not waiting:
        return []
    settled = set(PolicyDetermination.objects.filter(profile=profile.id).values_list("conflict", flat=True))
    return [conflict for conflict in waiting if conflict.name not in settled]
