"""An Iterable to run on loopback: the same calls, answers, limits and delays, for tests, demo and rehearsal."""

from __future__ import annotations

from iterable_admin.sandbox.options import Options
from iterable_admin.sandbox.server import RunningSandbox, SandboxServer, running_sandbox

__all__ = ["Options", "RunningSandbox", "SandboxServer", "running_sandbox"]
