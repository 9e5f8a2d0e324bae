"""Models of the ground floor."""

from audit.models.ledger import LedgerDetail, LedgerEntry
from audit.models.notices import Notice
from audit.models.people import (
    Certificate,
    Division,
    DivisionAssignment,
    DivisionCommand,
    Employment,
    RoleGrant,
    User,
)
from audit.models.policy import PolicyActivation, PolicyDetermination
from audit.models.signin import QuickLink, SignInAttempt

__all__ = [
    "Certificate",
    "Division",
    "DivisionAssignment",
    "DivisionCommand",
    "Employment",
    "LedgerDetail",
    "LedgerEntry",
    "Notice",
    "PolicyActivation",
    "PolicyDetermination",
    "QuickLink",
    "RoleGrant",
    "SignInAttempt",
    "User",
]
