"""Parts of a video: browsers ask for byte ranges (RFC 9110, section 14) to start at once and to jump."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse

EXTENSIONS = frozenset({"mp4"})
LONGEST = 2 * 1024 * 1024
"""A longer part is cut: a server may, and the browser asks for the rest when it needs it."""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a single range, or None where the header asks for something else.

    Raises:
        ValueError: The range lies outside the file.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or start > end:
        raise ValueError("range outside the file")
    return start, end


def partial_response(document: Any, request: HttpRequest) -> HttpResponse | None:
    """Return the asked part of a video, or None where the whole file is the answer."""
    header = request.headers.get("Range", "")
    if not header or document.file_extension.lower() not in EXTENSIONS or "If-Range" in request.headers:
        return None
    size = document.file.size
    try:
        wanted = parse_range(header, size)
    except ValueError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if wanted is None:
        return None
    start, end = wanted[0], min(wanted[1], wanted[0] + LONGEST - 1)
    with document.file.storage.open(document.file.name, "rb") as file:
        file.seek(start)
        part = file.read(end - start + 1)
    return HttpResponse(
        part,
        status=206,
        content_type=document.content_type,
        headers={
            "Content-Range": f"bytes {start}-{end}/{size}",
            "Content-Length": str(len(part)),
            "Accept-Ranges": "bytes",
            "Content-Disposition": document.content_disposition,
            "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
