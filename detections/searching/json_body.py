"""The JSON body of a search from a program: of a size and depth that a search has, and of text that can be stored."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from detections.ingest import parsing

# Ten scenes of fifty corners and ten thousand cameras have room in it.
MOST_BYTES = 512 * 1024
_HALVES = range(0xD800, 0xE000)


class TooLarge(APIException):
    """More than any search needs."""

    status_code = 413
    default_code = "too_large"
    default_detail = f"A search has at most {MOST_BYTES // 1024} KB."


class SearchParser(BaseParser):
    """JSON, each key once. Raises ParseError or TooLarge; never reads on behind ``MOST_BYTES``."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The value of the body."""
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            value = parsing.decode(body)
            fault = _fault(value)
        except parsing.BodyError as error:
            raise ParseError(error.reason) from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        if fault:
            raise ParseError(fault)
        return value


def _fault(value: Any) -> str:
    """What keeps a value from being taken, without saying it; "" where nothing does."""
    if isinstance(value, str):
        unfit = any(sign == "\0" or ord(sign) in _HALVES for sign in value)
        return "A text holds a character that cannot be stored." if unfit else ""
    if isinstance(value, dict):
        if isinstance(value, parsing._Twice):
            return "A key stands twice in one object."
        return next(filter(None, map(_fault, (*value, *value.values()))), "")
    if isinstance(value, list):
        return next(filter(None, map(_fault, value)), "")
    return "" if value is None or isinstance(value, bool | int | float) else "A number is none that a search has."
