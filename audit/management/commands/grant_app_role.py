"""``manage.py grant_app_role``: give the serving role its rights, and no more."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from psycopg import sql

APPEND_ONLY = ("audit_ledgerentry", "audit_ledgerdetail")


class Command(BaseCommand):
    help = (
        "Run as the owner role after every migrate. Gives the serving role SELECT, INSERT, UPDATE and DELETE on the "
        "tables, and takes UPDATE, DELETE and TRUNCATE on the ledger and every history table away from it (A-5). "
        "Safe to run any number of times."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--role", default=settings.DATABASE_APP_ROLE, help="the serving role (default: %(default)s)"
        )

    def handle(self, **options: Any) -> None:
        role = options["role"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if not cursor.fetchone():
                raise CommandError(
                    f"There is no role {role!r}. Create it first: CREATE ROLE {role} LOGIN PASSWORD '...';"
                )
            cursor.execute("SELECT current_user, pg_has_role(%s, current_user, 'USAGE')", [role])
            owner, is_owner = cursor.fetchone()
            if owner == role or is_owner:
                raise CommandError(f"{role!r} is the owner itself: a serving role must own nothing.")
            for statement in self.statements(role, owner):
                cursor.execute(statement)
            cursor.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND (tablename = ANY(%s) OR tablename LIKE %s)",
                [list(APPEND_ONLY), r"%\_historical%"],
            )
            guarded = [name for (name,) in cursor.fetchall()]
            for table in guarded:
                cursor.execute(
                    sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                        sql.Identifier(table), sql.Identifier(role)
                    )
                )
        if options["verbosity"]:
            self.stdout.write(f"{role}: may not change or delete {len(guarded)} append-only tables")

    def statements(self, role: str, owner: str) -> list[sql.Composed]:
        """The grants, in order."""
        names = {"role": sql.Identifier(role), "owner": sql.Identifier(owner)}
        texts = (
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT TEMPORARY ON DATABASE {database} TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
            "REVOKE CREATE ON SCHEMA public FROM {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        )
        database = sql.Identifier(connection.settings_dict["NAME"])
        return [sql.SQL(text).format(**names, database=database) for text in texts]
