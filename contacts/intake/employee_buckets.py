"""Company sizes: the five values of GitLab's forms, however they were typed."""

from __future__ import annotations

import re
from typing import Any

from contacts.intake.reading import Reading, read_text

BUCKETS = ("1-99", "100-499", "500-1,999", "2,000-9,999", "10,000+")

# Labels carry blanks, thin and non-breaking ones among them ("500 - 1,999"), zero-width characters, and other dashes.
_BLANKS = re.compile("[\\s\u200b\u200c\u200d\u2060\ufeff]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_BY_SPELLING = {bucket.replace(",", ""): bucket for bucket in BUCKETS}


def read_employee_bucket(value: Any) -> Reading:
    text, flag = read_text(value)
    if text is None:
        return None, flag
    if text in BUCKETS:
        return text, ""
    bare = _DASHES.sub("-", _BLANKS.sub("", text)).replace(",", "")
    bucket = _BY_SPELLING.get(bare)
    return (bucket, "") if bucket else (text, "unknown company size, kept as received")
