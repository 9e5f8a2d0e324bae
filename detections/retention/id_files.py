"""Files of destroyed ids in storage: 16 bytes each, ascending; kept as long as the certificates they belong to."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from tempfile import TemporaryFile

from django.core.files import File
from django.core.files.storage import default_storage

from detections.retention.id_tree import CHUNK, ID_BYTES, chunk_root, root_of_chunks

_BLOCK = CHUNK * ID_BYTES
FOLDER = "purges"


class IdsDamaged(Exception):
    """A file of ids is not there, or not the one its certificate names."""


@dataclass(frozen=True, slots=True)
class IdList:
    """A stored list: its file, how many ids, SHA-256 of the file, roots of its chunks and of the whole tree (hex)."""

    name: str
    size: int
    sha256: str
    chunks: bytes
    root: str


def store(name: str, ids: Iterable[bytes]) -> IdList:
    """Store ids (packed, in pieces of whole ids, ascending over all) as ``purges/<name>.ids``."""
    digest, chunks, waiting, size = sha256(), [], bytearray(), 0
    with TemporaryFile() as file:
        for piece in ids:
            file.write(piece)
            digest.update(piece)
            size += len(piece) // ID_BYTES
            waiting += piece
            whole = len(waiting) // _BLOCK * _BLOCK
            chunks += [chunk_root(bytes(waiting[at : at + _BLOCK])) for at in range(0, whole, _BLOCK)]
            del waiting[:whole]
        if waiting:
            chunks.append(chunk_root(bytes(waiting)))
        file.seek(0)
        stored = default_storage.save(f"{FOLDER}/{name}.ids", File(file))
    return IdList(stored, size, digest.hexdigest(), b"".join(chunks), root_of_chunks(chunks).hex())


def without(name: str, expected_sha256: str, gone: frozenset[bytes]) -> Iterator[bytes]:
    """The ids of a stored list without some of them, in pieces. Raises IdsDamaged once the end does not fit."""
    digest = sha256()
    with _open(name) as file:
        while piece := file.read(_BLOCK):
            digest.update(piece)
            ids = (piece[at : at + ID_BYTES] for at in range(0, len(piece), ID_BYTES))
            yield b"".join(one for one in ids if one not in gone)
    if digest.hexdigest() != expected_sha256:
        raise IdsDamaged(name)


@contextmanager
def reader(name: str, size: int) -> Iterator[Callable[[int, int], bytes]]:
    """``read(first, count)``: the bytes of ids in a stored list of ``size``. Raises IdsDamaged."""
    with _open(name) as file:
        if file.size != size * ID_BYTES:
            raise IdsDamaged(name)

        def read(first: int, count: int) -> bytes:
            file.seek(first * ID_BYTES)
            return file.read(count * ID_BYTES)

        yield read


def remove(name: str) -> None:
    """Remove the list of a plan that will not be carried out; one that is gone already is fine."""
    if name:
        default_storage.delete(name)


@contextmanager
def _open(name: str) -> Iterator[File]:
    try:
        with default_storage.open(name, "rb") as file:
            yield file
    except FileNotFoundError as error:
        raise IdsDamaged(name) from error
