"""No door and no table lets a special list's hit end in a stop (I.1)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from detections.models import Hit
from tests import make
from tests.detections import road


@pytest.fixture
def hit(dispatcher):
    """A verified hit on a special list that the dispatcher works on."""
    special = make.hot_list("Special one", kind="special")
    assign_perm("hotlists.see_hits", dispatcher, special)
    now = timezone.now()
    return road.verified(dispatcher, at=now - timedelta(minutes=2), hot_plate=make.hot_plate(hot_list=special, at=now))


def test_the_page_offers_no_stop_and_refuses_one_that_is_sent(hit, dispatcher, signed_in):
    client = signed_in(dispatcher)
    assert 'value="stop"' not in client.get(f"/hits/{hit.pk}/").content.decode()
    client.post(f"/hits/{hit.pk}/close/", {"disposition": "stop", "independent_basis": road.BASIS})
    hit.refresh_from_db()
    assert (hit.status, hit.disposition) == ("verified", "")


def test_the_table_itself_refuses_a_stop(hit, dispatcher):
    stop = {"disposition": "stop", "independent_basis": road.BASIS, "status": "closed"}
    with pytest.raises(IntegrityError, match="hit_stop_has_independent_basis"), transaction.atomic():
        Hit.objects.filter(pk=hit.pk).update(**stop, closed_by=dispatcher, closed_at=timezone.now())
