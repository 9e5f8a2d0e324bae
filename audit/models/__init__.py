"""Models of the ground floor."""

from audit.models.elsewhere import QueryElsewhere, QueryImport, QueryImportFault, QuerySystem, SystemAccount
from audit.models.exports import LedgerExport
from audit.models.ledger import LedgerDetail, LedgerEntry
from audit.models.log import Checkpoint, CheckpointCopy, LogKey, LogOrigin
from audit.models.matters import CaseAssignment, CaseFile, MemberPlate, Shift
from audit.models.notices import Notice
from audit.models.people import Certificate, Division, DivisionAssignment, DivisionCommand, Employment, RoleGrant, User
from audit.models.policy import ActivationProposal, PolicyActivation, PolicyDetermination, ProfileVersion
from audit.models.review import Finding, InspectedQuery, Inspection
from audit.models.roster import AccessRequest, Designation, RosterReview, Supervision, Terminal
from audit.models.safeguards import Breach, Safeguard, SafeguardReview
from audit.models.signin import QuickLink, SignInAttempt

__all__ = [
    "AccessRequest",
    "ActivationProposal",
    "Breach",
    "CaseAssignment",
    "CaseFile",
    "Certificate",
    "Checkpoint",
    "CheckpointCopy",
    "Designation",
    "Division",
    "DivisionAssignment",
    "DivisionCommand",
    "Employment",
    "Finding",
    "InspectedQuery",
    "Inspection",
    "LedgerDetail",
    "LedgerEntry",
    "LedgerExport",
    "LogKey",
    "LogOrigin",
    "MemberPlate",
    "Notice",
    "PolicyActivation",
    "PolicyDetermination",
    "ProfileVersion",
    "QueryElsewhere",
    "QueryImport",
    "QueryImportFault",
    "QuerySystem",
    "QuickLink",
    "RoleGrant",
    "RosterReview",
    "Safeguard",
    "SafeguardReview",
    "Shift",
    "SignInAttempt",
    "Supervision",
    "SystemAccount",
    "Terminal",
    "User",
]
