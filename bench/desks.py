"""Open hit desks for the bench, in a process of their own: ``python -m bench.desks PORT FILE`` with cookies on stdin.

Holds one stream a cookie (one a line) and writes to FILE, at the end of stdin's word "stop", a JSON object: how many
lines were open, and for each card that arrived [desk, hit id, monotonic instant].
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

_OPENED = "event: ping"


async def main(port: int, file: Path) -> None:
    """Open all desks, say so on standard output, and listen until told to stop."""
    loop = asyncio.get_running_loop()
    cookies = json.loads(sys.stdin.readline())
    arrivals: list[tuple[int, str, float]] = []
    opened = [asyncio.Event() for _ in cookies]
    lines = [
        asyncio.create_task(_listen(port, cookie, number, arrivals, opened[number]))
        for number, cookie in enumerate(cookies)
    ]
    await asyncio.gather(*(event.wait() for event in opened))
    print("open", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    still = sum(not line.done() for line in lines)
    for line in lines:
        line.cancel()
    await asyncio.gather(*lines, return_exceptions=True)
    file.write_text(json.dumps({"open": still, "arrivals": arrivals}))


async def _listen(
    port: int, cookie: str, number: int, arrivals: list[tuple[int, str, float]], opened: asyncio.Event
) -> None:
    """One desk; a 503 (no place in that process) is tried again at once, as another process may have one."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        writer.write(
            f"GET /hits/stream/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={cookie}\r\n"
            "Accept: text/event-stream\r\n\r\n".encode()
        )
        status = (await reader.readline()).split()
        if status[1:2] == [b"200"]:
            break
        if status[1:2] != [b"503"]:
            raise SystemExit(f"the stream answered {status}")
        writer.close()
        await asyncio.sleep(0.5)
    while text := (await reader.readline()).decode():
        if text.startswith(_OPENED):
            opened.set()
        elif text.startswith('data: {"cards"'):
            now = time.monotonic()
            told: dict[str, Any] = json.loads(text[6:])
            arrivals += [(number, card["id"], now) for card in told["cards"]]


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
