"""What each published figure means: one definition a figure, in words that the page shows and the files carry."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_noop as _


class Breakdown(StrEnum):
    """How the classes of a figure are called."""

    NONE = ""
    FIXED = "fixed"
    PURPOSE = "purpose"
    CLAUSE = "clause"


@dataclass(frozen=True, slots=True)
class Figure:
    """A definition. ``classes`` are (code, words); ``totals_of`` names the figure that has the same totals.

    ``withheld_small`` is false where a figure counts the department's own duties: no person is behind those, and
    withholding them would hide whether the duty was done.
    """

    code: str
    title: str
    words: str
    formula: str
    source: str
    breakdown: Breakdown = Breakdown.NONE
    classes: tuple[tuple[str, str], ...] = ()
    withheld_small: bool = True
    totals_of: str = ""
    chart: str = "bar"


@dataclass(frozen=True, slots=True)
class Share:
    """A share: ``part`` (figure, class) of the total of ``whole``; not shown where either is withheld."""

    code: str
    title: str
    words: str
    part: tuple[str, str]
    whole: str


_LEDGER = _("The access ledger, by the time its database wrote each record.")
_HITS = _("The hits that are still held when the month is counted. Hits of special hot lists are in no figure.")
_ON_TIME = (("on_time", _("In time")), ("late", _("Not in time")))

FIGURES = (
    Figure(
        "reads",
        _("Plate reads"),
        _("License plates read by cameras and vehicles and stored."),
        _("Reads captured in the month and received no later than three days after its end, those destroyed before the"
          " count among them."),
        _("The store of reads; for destroyed ones the plans of the purges, by day (UTC)."),
    ),
    Figure(
        "late_reads",
        _("Reads that came late"),
        _("Reads of earlier months that came in after their month was counted. Closed months are never changed, so they"
          " are noted here."),
        _("Reads captured before the month, and received after the month before was closed and before this one was."),
        _("The store of reads."),
    ),
    Figure(
        "hits",
        _("Hits and what became of them"),
        _("Reads of a plate that was on a hot list. A hit is a lead, not proof."),
        _("Hits made in the month, by how they stood at the count: misread, if a person saw another plate or state in"
          " the picture; not current, if the entry was cleared or had no record; verified, if a person confirmed it;"
          " else not verified."),
        _HITS,
        Breakdown.FIXED,
        (
            ("verified", _("Verified")),
            ("misread", _("Misread")),
            ("stale", _("Entry no longer current")),
            ("open", _("Not verified")),
        ),
    ),
    Figure(
        "closed_hits",
        _("How hits ended"),
        _("What the officers and dispatchers recorded when they closed a hit."),
        _("Hits closed in the month, by their recorded end."),
        _HITS,
        Breakdown.FIXED,
        (
            ("stop", _("Vehicle stopped, with an independent basis on record")),
            ("recovered", _("Stolen vehicle recovered")),
            ("not_located", _("Not located")),
            ("information", _("Information only")),
            ("misread", _("Misread")),
            ("stale", _("Entry no longer current")),
        ),
    ),
    Figure(
        "possible",
        _("Possible matches"),
        _("Reads that resembled a plate on a hot list. They are looked at by a person and are never hits."),
        _("Possible matches made in the month, by how they resembled it."),
        _HITS,
        Breakdown.FIXED,
        (
            ("lookalike", _("Look-alike characters")),
            ("edit1", _("One character off")),
            ("partial", _("Fits a partial plate")),
        ),
    ),
    Figure(
        "hot_plates",
        _("Hot plates entered"),
        _("Plates that members of the department entered on a hot list themselves."),
        _("Entries that began in the month, first ones and renewals. Imported lists and special hot lists are not in"
          " it."),
        _("The register of hot plates."),
        Breakdown.FIXED,
        (("first", _("First entry")), ("renewed", _("Renewal"))),
    ),
    Figure(
        "searches",
        _("Searches by purpose"),
        _("Searches of stored reads that were carried out, each with the purpose its user gave."),
        _("Records of searches run in the month, those that found nothing among them, by purpose."),
        _LEDGER,
        Breakdown.PURPOSE,
    ),
    Figure(
        "searches_case",
        _("Searches with a case number"),
        _("Whether a case number was given with the search."),
        _("The same searches, by whether a case number stands in the record."),
        _LEDGER,
        Breakdown.FIXED,
        (("with", _("With a case number")), ("without", _("Without a case number"))),
        totals_of="searches",
    ),
    Figure(
        "wide_searches",
        _("Wide searches decided about"),
        _("Searches so wide that a sergeant or ALPR administrator has to review them first."),
        _("Requests decided in the month, by decision."),
        _("The register of reviewed searches."),
        Breakdown.FIXED,
        (("approved", _("Approved")), ("denied", _("Denied"))),
    ),
    Figure(
        "refusals",
        _("Refusals by clause"),
        _("How often the system said no, and by which clause of law or policy."),
        _("Refused acts and looks recorded in the month, by the clause they name."),
        _LEDGER,
        Breakdown.CLAUSE,
    ),
    Figure(
        "packages",
        _("Evidence packages made"),
        _("Signed files of chosen reads, made for a case."),
        _("Records of evidence packages made in the month."),
        _LEDGER,
    ),
    Figure(
        "package_fetches",
        _("Evidence packages downloaded"),
        _("How often such a file left the system."),
        _("Records of downloads of evidence packages in the month."),
        _LEDGER,
    ),
    Figure(
        "shares",
        _("Releases to other agencies"),
        _("Shares of hot lists with another agency that a division commander approved."),
        _("Approvals given in the month."),
        _("The register of shares."),
    ),
    Figure(
        "inspections",
        _("Inspections of searches"),
        _("Whether the inspections of searches that fell due were signed and approved in time."),
        _("Inspections due in the month: in time, if approved on or before the day they were due."),
        _("The register of inspections."),
        Breakdown.FIXED,
        _ON_TIME,
        withheld_small=False,
    ),
    Figure(
        "log_reviews",
        _("Weekly reviews of the log"),
        _("Whether the weekly reviews of the access log were signed and approved in time."),
        _("Reviews due in the month: in time, if approved on or before the day they were due."),
        _("The register of inspections."),
        Breakdown.FIXED,
        _ON_TIME,
        withheld_small=False,
    ),
    Figure(
        "purges",
        _("Certificates of destruction"),
        _("Purges carried out; each leaves a signed certificate."),
        _("Certificates made in the month."),
        _("The register of purges."),
        withheld_small=False,
    ),
    Figure(
        "reads_destroyed",
        _("Reads destroyed"),
        _("Plate reads destroyed at the end of their retention."),
        _("The reads named by the certificates of the month, added up."),
        _("The register of purges."),
    ),
    Figure(
        "records",
        _("Records of the access ledger"),
        _("Everything that was done or looked at, refused attempts among it."),
        _("Records written in the month."),
        _LEDGER,
        withheld_small=False,
    ),
)  # fmt: skip

SHARES = (
    Share(
        "share_with_case",
        _("Share of searches with a case number"),
        _("Searches with a case number, of all searches."),
        ("searches_case", "with"),
        "searches",
    ),
    Share(
        "share_misread",
        _("Share of hits that were misread"),
        _("Hits that a person found misread, of all hits of the month."),
        ("hits", "misread"),
        "hits",
    ),
    Share(
        "share_verified",
        _("Share of hits that were verified"),
        _("Hits that a person verified, of all hits of the month."),
        ("hits", "verified"),
        "hits",
    ),
)

BY_CODE = {one.code: one for one in FIGURES}
