"""One table: which role may ever do what. A *permission* lives here; a *refusal* (law says not now) lives in rules."""

from datetime import datetime
from enum import StrEnum

from audit import policy, remembered
from audit.models import DivisionAssignment, RoleGrant, User

Role = RoleGrant.Role


class Ability(StrEnum):
    """What a role may do. Pages, API, admin and verbs ask for these and nothing else."""

    SEARCH = "search reads"
    VIEW_READS = "open reads and photographs"
    TRANSCRIBE = "read photographs by eye"
    ENTER_HOT_PLATE = "enter hot plates"
    VIEW_HOT_PLATES = "see hot plates"
    MANAGE_HOT_LISTS = "manage hot lists, their sources and who sees special ones"
    ASK_HOT_LISTS = "ask for special hot lists and for sharing them"
    APPROVE_SHARES = "approve the sharing of special hot lists"
    WATCH_HITS = "watch the hit desk"
    VIEW_HIT_RATES = "see the rates of misreads and stale entries"
    WORK_HITS = "take and check hits"
    VERIFY_HITS = "verify hits"
    MANAGE_CAMERAS = "manage cameras and device keys"
    VIEW_CAMERAS = "see cameras"
    MANAGE_PEOPLE = "manage people and their roles"
    MANAGE_POLICY = "activate policy profiles and file determinations"
    READ_LEDGER = "read the ledger"
    PLACE_HOLDS = "place holds"
    EXPORT_EVIDENCE = "make evidence packages"
    UPLOAD_READS = "hand in files of reads and decide about quarantined ones"
    APPROVE_PURGE = "approve purges"
    VIEW_REGISTRY = "use the camera registry"
    ENTER_ADMIN = "use administration pages"
    VIEW_POLICY = "see the policy in force"
    APPROVE_POLICY = "approve policy profiles that another person proposed"
    MANAGE_LOG = "make checkpoints, close the log's year and change its key"
    MANAGE_SAFEGUARDS = "keep the records of safeguards and breaches"
    REVIEW_QUERIES = "inspect queries and review the log"
    APPROVE_INSPECTIONS = "approve inspections that another person signed"
    ANSWER_FINDINGS = "answer findings"
    IMPORT_QUERIES = "hand in audit exports of other systems"
    MANAGE_REGISTERS = "keep cases, duty hours and members' plates for reviews"
    MANAGE_TERMINALS = "keep the known machines"
    PREPARE_PUBLICATION = "prepare publications of the transparency page"
    APPROVE_PUBLICATION = "publish what another person prepared"
    MANAGE_AGENCIES = "keep the lists of agencies"


_ROAD = {
    Ability.SEARCH,
    Ability.VIEW_READS,
    Ability.TRANSCRIBE,
    Ability.ENTER_HOT_PLATE,
    Ability.VIEW_HOT_PLATES,
    Ability.WATCH_HITS,
    Ability.WORK_HITS,
    Ability.VIEW_CAMERAS,
    Ability.VIEW_REGISTRY,
    Ability.VIEW_POLICY,
}

ABILITIES: dict[str, frozenset[Ability]] = {
    Role.OFFICER: frozenset(_ROAD),
    Role.DETECTIVE: frozenset(_ROAD | {Ability.PLACE_HOLDS, Ability.EXPORT_EVIDENCE, Ability.ASK_HOT_LISTS}),
    Role.DISPATCHER: frozenset(
        {
            Ability.WATCH_HITS,
            Ability.WORK_HITS,
            Ability.VERIFY_HITS,
            Ability.VIEW_HOT_PLATES,
            Ability.VIEW_READS,
            Ability.TRANSCRIBE,
            Ability.VIEW_POLICY,
        }
    ),
    Role.ALPR_ADMINISTRATOR: frozenset(
        {
            Ability.MANAGE_CAMERAS,
            Ability.VIEW_CAMERAS,
            Ability.MANAGE_PEOPLE,
            Ability.VIEW_HOT_PLATES,
            Ability.ENTER_HOT_PLATE,
            Ability.TRANSCRIBE,
            Ability.VIEW_READS,
            Ability.ENTER_ADMIN,
            Ability.VIEW_POLICY,
            Ability.PLACE_HOLDS,
            Ability.UPLOAD_READS,
            Ability.MANAGE_HOT_LISTS,
            Ability.VIEW_HIT_RATES,
            # D.2.b: the quarterly inspections are the ALPR administrators'.
            Ability.REVIEW_QUERIES,
            Ability.IMPORT_QUERIES,
            Ability.MANAGE_REGISTERS,
            Ability.MANAGE_TERMINALS,
            Ability.MANAGE_SAFEGUARDS,
            Ability.PREPARE_PUBLICATION,
            Ability.MANAGE_AGENCIES,
        }
    ),
    Role.COMMANDER: frozenset(
        {
            Ability.VIEW_POLICY,
            Ability.VIEW_CAMERAS,
            Ability.APPROVE_SHARES,
            Ability.VIEW_HIT_RATES,
            Ability.ANSWER_FINDINGS,
            Ability.APPROVE_INSPECTIONS,
            Ability.APPROVE_POLICY,
            Ability.APPROVE_PUBLICATION,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Ability.READ_LEDGER,
            Ability.VIEW_POLICY,
            Ability.VIEW_CAMERAS,
            Ability.VIEW_HIT_RATES,
            Ability.REVIEW_QUERIES,
            Ability.APPROVE_INSPECTIONS,
            Ability.IMPORT_QUERIES,
        }
    ),
    Role.RECORDS_CLERK: frozenset({Ability.VIEW_POLICY, Ability.PREPARE_PUBLICATION, Ability.MANAGE_AGENCIES}),
    Role.CUSTODIAN: frozenset(
        {Ability.VIEW_POLICY, Ability.PLACE_HOLDS, Ability.APPROVE_PURGE, Ability.APPROVE_PUBLICATION}
    ),
    Role.TRAINING_SERGEANT: frozenset({Ability.VIEW_POLICY, Ability.MANAGE_PEOPLE, Ability.ENTER_ADMIN}),
    # C-09: who runs the machine does not search the data.
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {
            Ability.ENTER_ADMIN,
            Ability.MANAGE_POLICY,
            Ability.VIEW_POLICY,
            Ability.MANAGE_PEOPLE,
            Ability.MANAGE_LOG,
            Ability.MANAGE_SAFEGUARDS,
            Ability.MANAGE_TERMINALS,
        }
    ),
}

# What no person of another agency may do, whatever their roles: it reaches beyond what is shared with them (I.2). What
# is left shows a guest the shared alone, and refuses the rest by its own rule or as not there.
NOT_FOR_GUESTS = frozenset(
    {
        Ability.SEARCH,
        Ability.TRANSCRIBE,
        Ability.VIEW_HIT_RATES,
        Ability.MANAGE_CAMERAS,
        Ability.VIEW_CAMERAS,
        Ability.MANAGE_PEOPLE,
        Ability.MANAGE_POLICY,
        Ability.READ_LEDGER,
        Ability.PLACE_HOLDS,
        Ability.EXPORT_EVIDENCE,
        Ability.UPLOAD_READS,
        Ability.APPROVE_PURGE,
        Ability.ENTER_ADMIN,
        Ability.APPROVE_POLICY,
        Ability.MANAGE_LOG,
        Ability.MANAGE_SAFEGUARDS,
        Ability.REVIEW_QUERIES,
        Ability.APPROVE_INSPECTIONS,
        Ability.ANSWER_FINDINGS,
        Ability.IMPORT_QUERIES,
        Ability.MANAGE_REGISTERS,
        Ability.MANAGE_TERMINALS,
        Ability.PREPARE_PUBLICATION,
        Ability.APPROVE_PUBLICATION,
        Ability.MANAGE_AGENCIES,
    }
)


def roles_of(user: User, at: datetime) -> frozenset[str]:
    """Roles in force at the instant; none for an inactive or suspended person, or an account that has run out.

    The role of ALPR administrator counts only while the policy's own conditions hold (525.08 A.2). Within one request
    grants are read once a person (``remembered``).
    """
    if not user.is_active or user.has_run_out(at):
        return frozenset()
    held = remembered.roles_at(user, at)
    if Role.ALPR_ADMINISTRATOR in held and not remembered.answer(user, at, may_administer):
        return held - {Role.ALPR_ADMINISTRATOR}
    return held


def may_administer(user: User, at: datetime) -> bool:
    """Whether rank and assignment allow the role now: under A.2 a sergeant, detective or IT staff of the RTIC."""
    needs = policy.in_force(at).get("administrator.needs")
    if needs is None:
        return True
    of_the_rtic = DivisionAssignment.objects.at(at).filter(user=user, division__is_rtic=True)
    return user.classification in needs and ("rtic" not in needs or of_the_rtic.exists())


def abilities_of(user: User, at: datetime) -> frozenset[Ability]:
    """All that the person's roles allow at the instant; to a guest nothing beyond what is shared.

    One query, three for an ALPR administrator; none the second time within a request.
    """
    held: frozenset[Ability] = frozenset().union(*(ABILITIES[role] for role in roles_of(user, at)))
    return held - NOT_FOR_GUESTS if user.organisation else held
