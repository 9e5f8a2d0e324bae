"""What a kept search finds, for a hold on all of it: the search run again, under the hold's own bounds."""

from datetime import datetime
from uuid import UUID

from audit.asker import Asker
from audit.policy import Profile
from detections.models import ReadRef, Search
from detections.searching.run import matching


def own_search(by: Asker, search_id: UUID) -> Search | None:
    """A search that this person ran; nobody else's."""
    return Search.objects.filter(pk=search_id, asked_by=by.user).exclude(record_index=None).first()


def of_search(search: Search, *, at: datetime, profile: Profile, case_number: str, limit: int) -> set[ReadRef]:
    """The reads that it finds now, up to ``limit``: not past their ceiling, or held under the case of the hold."""
    search.case_number = case_number
    reads = matching(search, at, profile).values_list("id", "camera_id", "captured_at")[:limit]
    return {ReadRef(*row) for row in reads}
