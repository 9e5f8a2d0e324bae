"""``manage.py verify_ledger``: recompute the whole ledger and say up to where it is sound."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import verify


class Command(BaseCommand):
    help = (
        "Recompute every leaf, node and root of the access ledger from record 0 on (RFC 9162), and check the clear "
        "values against their commitments. Exit status 1 names the first record that does not fit. With --expect-size "
        "and --expect-root, a head noted down earlier is checked too: a log cut short or rewritten since is found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect-size", type=int, help="size of a head noted down earlier")
        parser.add_argument("--expect-root", help="root of that head, in hex")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a sentence")

    def handle(self, **options: Any) -> None:
        started = time.perf_counter()
        if options["expect_root"] and options["expect_size"] is None:
            raise CommandError("--expect-root needs --expect-size")
        known = self._check_known_head(options)
        verdict = verify.verify_and_record(
            by_name="verify_ledger",
            at=timezone.now(),
            progress=lambda done: self.stderr.write(f"  {done:,} records"),
        )
        seconds = time.perf_counter() - started
        self._say(verdict, known, seconds, as_json=options["json"])
        if not (verdict.sound and known):
            raise SystemExit(1)

    def _check_known_head(self, options: dict[str, Any]) -> bool:
        if options["expect_size"] is None:
            return True
        prefix = verify.verify(upto=options["expect_size"])
        wanted = (options["expect_root"] or "").lower()
        return prefix.sound and (not wanted or prefix.root.hex() == wanted)

    def _say(self, verdict: verify.Verdict, known: bool, seconds: float, *, as_json: bool) -> None:
        if as_json:
            fault = {"index": verdict.fault.index, "reason": verdict.fault.reason} if verdict.fault else None
            facts = {
                "sound": verdict.sound and known,
                "size": verdict.size,
                "root": verdict.root.hex(),
                "fault": fault,
            }
            self.stdout.write(json.dumps(facts | {"known_head": known, "seconds": round(seconds, 3)}))
        elif verdict.fault:
            self.stderr.write(self.style.ERROR(f"Record {verdict.fault.index}: {verdict.fault.reason}."))
        elif not known:
            self.stderr.write(self.style.ERROR("The log is not a continuation of the head you gave."))
        else:
            rate = verdict.size / seconds if seconds else 0
            self.stdout.write(
                self.style.SUCCESS(
                    f"{verdict.size:,} records verified in {seconds:.1f} s ({rate:,.0f}/s); root {verdict.root.hex()}"
                )
            )
