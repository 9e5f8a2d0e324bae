"""The page as a document of the repository: the same table without counts, kept true by a test."""

from collections import Counter

from alpr_site.compliance.behind import WORDS, Behind, everything

MOST_TESTS = 4
HEAD = """# Clause by clause: what stands behind the orders

Made from the code by `manage.py compliance_doc --write`; a test keeps it true. The page `/compliance/` shows the same
with the number of records of this quarter. "stands": something refuses, records or shows it, and a test names that.
"partly": something is missing, and it says what. "nothing behind it": just that.
"""


def text() -> str:
    """The document as Markdown."""
    return HEAD + "".join(_part(order.title, behind) for order, behind in everything())


def _part(title: str, behind: tuple[Behind, ...]) -> str:
    found = Counter(one.state for one in behind)
    sums = ", ".join(f"{found[state]} {words}" for state, words in WORDS.items() if found[state])
    lines = ["", f"## {title}", "", f"{len(behind)} clauses: {sums}.", ""]
    lines += ["| clause | in short | stands | enforced by | recorded as | published as | held by |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*lines, *(_row(one) for one in behind)]) + "\n"


def _row(one: Behind) -> str:
    clause = one.clause
    state = f"**{one.words}**" if one.state == "nothing" else one.words
    words = " ".join(part for part in (clause.works, clause.duty, clause.missing) if part)
    cells = [
        clause.section,
        clause.says,
        f"{state}{': ' + words if words else ''}",
        "<br>".join([f"`{rule.code}`" for rule in one.rules] + [f"{row.name} ({row.profile})" for row in one.settings]),
        "<br>".join(f"`{action.value}`" for action in one.actions),
        "<br>".join(one.published),
        "<br>".join(f"`{path}`" for path in one.tests[:MOST_TESTS]),
    ]
    if len(one.tests) > MOST_TESTS:
        cells[-1] += "<br>and others"
    return "| " + " | ".join(cells) + " |"
