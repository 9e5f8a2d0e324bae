"""``search_page_ms``: all a person waits for, from the form posted to the first byte of the page of what was found."""

import http.client
import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench import web
from bench.questions import Maker
from bench.reads_at_scale import Filling
from bench.scratch import say
from bench.timing import p95_figure

if TYPE_CHECKING:
    from detections.searching.question import Question

SEARCHES, WARMING = 200, 20
AGENT = {"Content-Type": "application/x-www-form-urlencoded"}


def measure_page(maker: Maker, filling: Filling) -> None:
    """Full plates of the last 30 days, wildcards of six (longer they are wide), by gunicorn, ledger records on disk."""
    from django.core.management import call_command
    from django.utils import timezone

    from audit.models import User
    from tests import make

    call_command("collectstatic", verbosity=0, interactive=False)  # the pages name their files by hash
    person = User.objects.filter(username="bench-detective").first()
    person = person or make.user("bench-detective", "detective", classification="detective")
    cookie = web.signed_in(person).cookies["sessionid"].value
    with web.server() as port:
        browser = _Browser(port, cookie)
        for form in ("exact", "wildcard"):
            questions = maker.make(form, SEARCHES + WARMING)
            days = min(maker.days, 30 if form == "exact" else 6)
            since = timezone.localtime(maker.to_at - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")
            samples = [browser.search(question, since) for question in questions][WARMING:]
            name = "search_page_ms" if form == "exact" else f"search_page_{form}_ms"
            note = (
                f"{form}, POST to the first byte of the result page, the redirect followed, two ledger records, fsync"
                f" on, gunicorn on loopback; {browser.rows / browser.pages:.1f} rows a page; {filling.reads:,} reads;"
                " target p95 <= 120 ms"
            )
            p95_figure(name, samples, note)
            say(f"search: {name}")


class _Browser:
    """Posts the search form with its session and follows the redirect; counts what it was shown."""

    def __init__(self, port: int, session: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies = {"sessionid": session}
        self.pages = self.rows = 0
        page = self._ask("GET", "/search/", "")[1]
        if (found := re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)) is None:
            raise SystemExit("the search form was not shown")
        self.token = found[1].decode()

    def search(self, question: "Question", since: str) -> float:
        """Milliseconds from the post to the first byte of the result page."""
        fields = {
            "csrfmiddlewaretoken": self.token,
            "way": "part" if question.match == "pattern" else "plate",
            "plate": question.plate,
            "from_at": since,
            "purpose": "locate",
            "reason": "Stolen from the Elm Street garage last night",
            "case_number": "26-123456",
            "attested": "on",
        }
        started = time.perf_counter()
        posted = self._send("POST", "/search/", urlencode(fields))
        place = posted.getheader("Location")
        words = posted.read()
        if posted.status != 303 or not place:
            raise SystemExit(f"the search was answered {posted.status}: {_gist(words)}")
        answer = self._send("GET", place, "")
        answer.peek(1)
        taken = (time.perf_counter() - started) * 1000
        page = answer.read()
        if answer.status != 200:
            raise SystemExit(f"the page was answered {answer.status}: {_gist(page)}")
        self.pages += 1
        self.rows += len(re.findall(rb'data-label="Captured"', page))
        return taken

    def _send(self, method: str, path: str, body: str) -> http.client.HTTPResponse:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.line.request(method, path, body or None, AGENT | {"Cookie": cookies})
        answer = self.line.getresponse()
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def _ask(self, method: str, path: str, body: str) -> tuple[int, bytes]:
        answer = self._send(method, path, body)
        return answer.status, answer.read()


def _gist(page: bytes) -> str:
    """What a page of refusal says, without its markup."""
    return re.sub(rb"\s+", b" ", re.sub(rb"<[^>]*>", b" ", page))[-600:].decode(errors="replace")
