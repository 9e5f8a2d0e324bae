"""The limits of the flags and sample sizes, out of the profile in force; kept with the inspection as drawn."""

from dataclasses import asdict, dataclass
from typing import Any

from audit.policy import Profile, duration

DAYS_OF_VOLUME = 28


@dataclass(frozen=True, slots=True)
class Limits:
    """As the profile says them; ``two_places_s`` in seconds."""

    sample_least: int = 10
    sample_percent: int = 2
    repeat_times: int = 5
    repeat_days: int = 30
    copied_times: int = 5
    volume_times: int = 3
    volume_least: int = 20
    two_places_s: int = 900
    profile: str = ""

    def as_json(self) -> dict[str, Any]:
        """For ``Inspection.settings_used``."""
        return asdict(self)


def limits_of(profile: Profile) -> Limits:
    """Where a profile is silent, the defaults above hold."""
    usual = Limits()

    def number(key: str, default: int) -> int:
        return int(profile.get(f"review.{key}", default))

    within = profile.get("review.two_places.within")
    return Limits(
        sample_least=number("sample.least", usual.sample_least),
        sample_percent=number("sample.percent", usual.sample_percent),
        repeat_times=number("repeat.times", usual.repeat_times),
        repeat_days=number("repeat.days", usual.repeat_days),
        copied_times=number("copied.times", usual.copied_times),
        volume_times=number("volume.times", usual.volume_times),
        volume_least=number("volume.least", usual.volume_least),
        two_places_s=round(duration(within).total_seconds()) if within else usual.two_places_s,
        profile=profile.stamp,
    )
