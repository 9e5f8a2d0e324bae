"""The servers that DATABASE_URL and REDIS_URL name: do they answer, and is there a second role?"""

from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import redis
from psycopg import sql

from alpr_site.quickstart.server_process import ServerFailed
from alpr_site.quickstart.servers import APP
from alpr_site.quickstart.state_folder import secret


def database_urls(url: str, owner_url: str | None, state: Path) -> tuple[str, str]:
    """URLs of the serving and of the owner role. Raises ServerFailed with one line if the database does not answer.

    With one URL only, its role owns; if it may create roles it gets a serving role beside it, else it does both.
    """
    for name, tried in (("DATABASE_OWNER_URL", owner_url), ("DATABASE_URL", url)):
        if tried:
            _ask_database(name, tried)
    if owner_url:
        return url, owner_url
    return _second_role(url, state) or url, url


def check_broker(url: str) -> None:
    """Raise ServerFailed with one line if the broker does not answer."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise ServerFailed(f"REDIS_URL does not answer: {error}") from error


def _ask_database(name: str, url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        raise ServerFailed(f"{name} does not answer: {str(error).strip().splitlines()[0]}") from error


def _second_role(url: str, state: Path) -> str | None:
    """URL of a serving role that owns nothing; None if this one may not make it or another's stands in the way."""
    password = secret(state / "database-app.password")
    serving = _as_role(url, APP, password)
    with psycopg.connect(url, autocommit=True) as connection:
        may = connection.execute(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]).fetchone()
        if not there and may == (True,):
            made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(APP), password)
            connection.execute(made)
    try:
        psycopg.connect(serving, connect_timeout=5).close()
    except psycopg.OperationalError:
        return None
    return serving


def _as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}:{quote(password)}@{parts.netloc.rpartition('@')[2]}").geturl()
