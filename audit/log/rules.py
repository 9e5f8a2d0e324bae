"""What the log refuses people, and the clause for it. Pure: facts in, refusal or nothing out."""

from audit.refusals import Citation, Refusal, Rule

NO_CHECKPOINT = Rule(
    "log.no_checkpoint",
    Citation(
        "CJIS Security Policy 5.9.5", "AU-9", "Audit records are protected from change, and tampering is noticed."
    ),
    "Wait a minute and ask again. If it stays so, tell a system administrator: the page of checkpoints says why.",
)


def refuse_no_checkpoint(index: int, why: str) -> Refusal:
    """A record that no signed checkpoint bears out cannot be proved."""
    return NO_CHECKPOINT.refuse(f"There is no proof of record {index} now: {why}.")
