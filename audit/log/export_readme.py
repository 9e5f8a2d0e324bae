"""README.txt of an export: what it is and how to check it, in plain words and plain letters."""

from collections.abc import Mapping
from typing import Any

_RULE = {
    "query": "the plate or other words that were looked for",
    "reason": "the reason in the person's own words",
    "case_number": "the case number",
    "subject_label": "the name of what was looked at",
    "detail": "old and new values, and what came out",
}


def text(first: int, upto: int, about: Mapping[str, Any]) -> str:
    """The text, wrapped for a narrow window. ``about`` are the manifest's facts."""
    withheld = [f"  - {_RULE[name]} ({name})" for name in about.get("withheld_fields", ()) if name in _RULE]
    held = "\n".join(withheld) or "  nothing"
    return f"""ACCESS LEDGER OF {str(about.get("agency", "THE AGENCY")).upper()}
Records {first} to {upto - 1}, made {about.get("made_at", "")}

Every look at licence plate data, and every refusal, is a record of this
ledger: when, who, for which agency, for what purpose, what was asked and how
much was found. A record that was ever changed, left out or put in between
breaks the arithmetic below, for everyone to see.

HOW TO CHECK IT

You need Python 3.9 or newer, on any computer. In this folder:

  python3 platekeeper_verify.py .

It answers GOOD or BAD and says what is wrong, at which record. For the
signatures it needs the Python library "cryptography"; without it the hashes
alone are checked, and it says so.

A program that came with the data proves little: take your own copy of it from
the agency's page (/log/verifier/) or from the project, and compare its SHA-256.
The same is true of the log's key. Give yours with --key, and a checkpoint you
kept from an earlier day with --checkpoint FILE: then nobody can have rewritten
what that checkpoint covers, not even the agency.

WHAT IS IN IT

leaves.jsonl      One record a line, byte for byte what is hashed. A record that
                  is withheld whole shows its number and its hash alone.
clear.jsonl       For each record the words behind its five commitments, each
                  with its salt; or "withheld"; or "destroyed", when the time
                  to keep them was over.
checkpoints.txt   What the log signed: its name, how many records, and one hash
                  over all of them. With the signatures of witnesses.
consistency.json  From the last record here to the last checkpoint, if later.
keys.json         The log's keys, each vouched for by the one before it.
manifest.json     Every file with its SHA-256, and the tree before record {first}.
manifest.sig      The agency's signature over manifest.json (Ed25519).
SHA256SUMS        The hashes of these two.

WITHHELD IN THIS EXPORT

{held}

A withheld field cannot be guessed from its hash: a random salt of 32 bytes
goes into it. Given out later, it can be checked then.

WHAT IT DOES NOT SAY

That nobody read the database itself, past the program. That the purpose
somebody typed in is true. What happened after the last checkpoint that is
outside the agency. And nothing, if the agency and all witnesses lie together.
"""
