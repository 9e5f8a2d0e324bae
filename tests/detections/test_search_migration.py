"""Searches kept before questions were one value are still what they asked (migration 0010)."""

import json
from datetime import timedelta
from importlib import import_module

from django.db import connection

from detections.searching.question import Kind, Question
from tests import make

NOON = make.NOON


def test_a_kept_search_becomes_the_question_it_asked(db: None) -> None:
    fill = import_module("detections.migrations.0010_search_questions").FILL
    camera = make.camera()
    since = NOON - timedelta(days=30)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE old_search (plate varchar(8), state varchar(2), camera_id uuid,"
            " from_at timestamptz, to_at timestamptz, question jsonb)"
        )
        for state, at in (("CA", camera.pk), ("", None)):
            row = ["0DEM123", state, at, since, NOON]
            cursor.execute("INSERT INTO old_search VALUES (%s, %s, %s, %s, %s, '{}')", row)
        cursor.execute(fill.replace("detections_search", "old_search"))
        cursor.execute("SELECT question FROM old_search ORDER BY state DESC")
        kept = [json.loads(question) for (question,) in cursor]  # a raw cursor leaves jsonb as text
        cursor.execute("DROP TABLE old_search")
    expected = Question(kind=Kind.PLATE, plate="0DEM123", from_at=since, to_at=NOON)
    with_all = Question(
        kind=Kind.PLATE, plate="0DEM123", state="CA", cameras=frozenset({camera.number}), from_at=since, to_at=NOON
    )
    assert [Question.from_json(question) for question in kept] == [with_all, expected]
