"""The lines of an export and of an extract: a leaf as it was hashed, and its clear values in one exact form. Pure.

``platekeeper_verify.py`` holds every line against this form byte for byte, so that nothing can be said in a second way.
"""

import json
from collections.abc import Collection, Sequence

from audit import leaf

WITHHELD, DESTROYED = "withheld", "destroyed"


def hidden_line(index: int, leaf_hash: bytes) -> bytes:
    """The line of a record that is withheld whole; it stands for the record in both files."""
    return b'{"index":%d,"leaf_hash":"%s"}\n' % (index, leaf_hash.hex().encode())


def clear_line(
    index: int,
    leaf_hash: bytes,
    values: Sequence[str | None],
    salts: Sequence[bytes | None],
    withheld: Collection[str] = (),
) -> bytes:
    """The clear values of a record in the order of ``leaf.SENSITIVE``: with salt, or the word for why not.

    A value of None was destroyed; a name in ``withheld`` is withheld.
    """
    parts = [f'{{"index":{index},"leaf_hash":"{leaf_hash.hex()}"']
    for name, value, salt in zip(leaf.SENSITIVE, values, salts, strict=True):
        if name in withheld:
            parts.append(f'"{name}":"{WITHHELD}"')
        elif value is None or salt is None:
            parts.append(f'"{name}":"{DESTROYED}"')
        else:
            parts.append(f'"{name}":{{"salt":"{salt.hex()}","value":{json.dumps(value, ensure_ascii=False)}}}')
    return (",".join(parts) + "}\n").encode()
