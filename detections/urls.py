"""Addresses of entering, hits, possible matches, rates, photographs, searches, holds, purges, evidence and uploads."""

from detections import urls_entry, urls_hits, urls_holds, urls_possible, urls_purges, urls_rates, urls_search
from detections.evidence import urls as urls_evidence
from detections.quarantine import urls as urls_quarantine
from detections.uploads import urls as urls_uploads

app_name = "detections"
urlpatterns = [
    *urls_entry.urlpatterns,
    *urls_possible.urlpatterns,
    *urls_rates.urlpatterns,
    *urls_hits.urlpatterns,
    *urls_search.urlpatterns,
    *urls_holds.urlpatterns,
    *urls_purges.urlpatterns,
    *urls_evidence.urlpatterns,
    *urls_uploads.urlpatterns,
    *urls_quarantine.urlpatterns,
]
