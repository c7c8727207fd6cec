"""What went wrong, by what the caller can do about it.

Problem
 ├── Temporary      try again later, nothing to mend
 ├── Permanent      this input will never work; mend the input
 └── Misconfigured  nothing will work until a setting is mended
"""

from __future__ import annotations


class Problem(Exception):
    """Base of every error that this project raises on purpose; its text is fit for an operator and holds no secret."""


class Temporary(Problem):
    """Worth another try, by itself."""


class Permanent(Problem):
    """Another try ends the same way: the input has to change."""


class Misconfigured(Problem):
    """Another try ends the same way until a setting changes; the text names it and the mend."""
