"""The demonstration has possible matches of each kind, some decided, and enough closed hits for rates to be read."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit.models import LedgerEntry, User
from detections.hits.rates import open_rates
from detections.models import Hit, PossibleMatch
from hotlists.models import HotPlate
from tests import make


@pytest.mark.slow
def test_the_demonstration_shows_possible_matches_and_rates(db, settings, tmp_path):
    settings.STATE_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "photos"
    call_command("create_demo", stdout=StringIO())
    kinds = Counter(PossibleMatch.objects.values_list("kind", flat=True))
    assert kinds["lookalike"] >= 4
    assert kinds["edit1"] >= 1
    assert kinds["partial"] == 2
    decided = Counter(PossibleMatch.objects.values_list("status", flat=True))
    assert (decided["same"], decided["dismissed"], decided["lead"]) == (1, 1, 1)
    assert PossibleMatch.objects.filter(informational=True).count() == 1
    assert HotPlate.objects.get(partial=True).incident_number
    assert Hit.objects.filter(plate="0HHH518", status="closed").count() == 1
    seen = open_rates(by=make.by(User.objects.get(username="demo-auditor")), at=timezone.now())
    assert (seen.every_camera.wrong, seen.every_camera.missed) == (5, 1)
    assert (seen.every_source.wrong, len(seen.cameras)) == (2, 5)
    # Two searches are refused for an inspection to find.
    own = LedgerEntry.objects.all()
    for start in ("share.", "import.", "search."):
        own = own.exclude(action__startswith=start)
    assert not own.filter(outcome__in=["refused", "failed"]).exists()
