"""A list is renewed while reads flow: a plate that is on it before and after is a hit at every moment, and once."""

import threading
from itertools import count

import pytest
from django.db import connection
from django.utils import timezone

from audit import asker
from detections.ingest.reads import NewRead
from detections.ingest.verb import record_reads
from detections.models import Detection, Hit, HitRepeat
from hotlists.imports import store
from hotlists.imports.swap import swap
from hotlists.models import HotList, HotListImport, HotPlate
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
ROWS, STAYS, SWAPS = 200_000, 4_000, 4


def version(hot_list, number):
    """A sealed import of 200,000 rows: 4,000 that stand on every one, and others that stand on this one alone."""
    made = HotListImport.objects.create(
        hot_list=hot_list,
        layout="generic",
        origin="upload",
        handed_in_at=timezone.now(),
        name="list.csv",
        size=1,
        sha256="0" * 64,
    )
    store.open(made.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO hotlists_listedplate_{made.pk}"  # noqa: S608
            " SELECT %s, n, CASE WHEN n <= %s THEN '0S' || lpad(n::text, 6, '0')"
            " ELSE '0' || chr(64 + %s) || lpad(n::text, 6, '0') END, '', 'stolen_vehicle', '', '', '', '', 'x', NULL"
            " FROM generate_series(1, %s) AS n",
            [made.pk, STAYS, number, ROWS],
        )
    store.seal(made.pk)
    return made


def test_reads_that_flow_while_a_list_is_renewed_all_have_their_hit_and_none_has_two():
    svs = make.hot_list("SVS", near="lookalike")
    cameras = [make.camera(f"CAM-{n}") for n in range(2)]
    versions = [version(svs, number) for number in range(1, SWAPS + 2)]
    swap(versions[0], timezone.now())
    stop, posted, errors = threading.Event(), [0, 0], []

    def flow(which):
        """Batches of reads of plates that stay, and of some that leave, each plate once."""
        camera = cameras[which]
        by = asker.device(camera.code, address="127.0.0.1")
        plates = iter(f"0S{n:06d}" for n in range(which + 1, STAYS + 1, 2))
        try:
            for turn in count():
                batch = [plate for plate, _ in zip(plates, range(10), strict=False)]
                if stop.is_set() or not batch:
                    return
                batch += [f"0{chr(65 + number)}{ROWS - turn:06d}" for number in range(SWAPS + 1)]
                at = timezone.now()
                reads = [NewRead(client_key=f"{turn} {p}", plate=p, plate_read=p, captured_at=at) for p in batch]
                answers = record_reads(by=by, camera=camera, reads=reads, at=timezone.now())
                posted[which] += sum(answer.hits for answer in answers)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=flow, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    for made in versions[1:]:
        stop.wait(1.0)
        swap(made, timezone.now())
    stop.wait(1.0)
    stop.set()
    for thread in threads:
        thread.join(60)
    try:
        check(errors, posted)
        assert HotList.objects.get().live_import == versions[-1]
    finally:
        HotList.objects.update(live_import=None)
        HotListImport.objects.update(status="superseded")
        for made in versions:
            store.drop(made.pk)


def check(errors, posted):
    assert errors == []
    stays = set(Detection.objects.filter(plate__startswith="0S").values_list("pk", flat=True))
    assert len(stays) > 100
    hits = list(Hit.objects.values_list("detection_id", flat=True))
    assert not HitRepeat.objects.exists()
    assert len(hits) == len(set(hits)) == sum(posted)
    assert stays <= set(hits)
    # Those that left hit while they were on it, and their hot plates have ended, but for the last version's.
    left = HotPlate.objects.exclude(plate__startswith="0S")
    last = chr(65 + SWAPS)
    assert not left.exclude(plate__startswith=f"0{last}").filter(expires_at=None).exists()
    assert not HotPlate.objects.filter(plate__startswith="0S").exclude(expires_at=None).exists()
    assert len({hot.plate for hot in HotPlate.objects.all()}) == HotPlate.objects.count()
