"""What each run has to say, reckoned from the generator alone: who is read, and what becomes of each row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.story import cast, wording
from tests.story.nights import (
    BY_EVENT_FIELDS,
    DAY_BREAKS_AT,
    DELETED,
    EVENT,
    FORGOTTEN,
    KEY_MENDED,
    MADE,
    RUNS_AT,
    STOPS,
    Night,
    Standing,
    Told,
    Trouble,
    at_the_start,
    first_fields,
)
from tests.story.oracle import information_of

HELD = {Standing.TWO_ADDRESSES: wording.ONE_USER_TWO_ADDRESSES} if wording.HELD_UNDER_TWO_ADDRESSES else {}
CODES = {
    **HELD,
    Standing.NO_ADDRESS: wording.NO_ADDRESS,
    Standing.SAME_MAILBOX: wording.SAME_MAILBOX,
    Standing.NEVER_LOGGED_IN: wording.NEVER_LOGGED_IN,
    Standing.WITHOUT_NAMESPACE: wording.WITHOUT_NAMESPACE,
}
LASTS_TILL_DAWN = (Trouble.ERRORS, Trouble.STORM, Trouble.KEY_REFUSED)
NAMED = (Standing.NO_ADDRESS, Standing.SAME_MAILBOX, Standing.TWO_ADDRESSES)


@dataclass
class Figures:
    state: str = wording.ENDED_WELL
    read: int = 0
    unchanged: int = 0
    delivered: int = 0
    failed: int = 0
    believed_absent: int = 0
    """Skipped without being asked about again."""
    skipped_reasons: Counter[str] = field(default_factory=Counter)
    named: set[tuple[str, str]] = field(default_factory=set)
    """Who failed or is held, each with the state of the row."""

    def at_dawn(self, trouble: Trouble | None) -> dict[str, Any]:
        """While the trouble lasts: what has to be asked of Iterable, or written, is on its way."""
        if trouble not in LASTS_TILL_DAWN:
            return self.told()
        waits = {"state": wording.ON_ITS_WAY, "delivered": 0}
        if trouble is Trouble.ERRORS:
            return self.told() | waits
        known = +Counter({**self.skipped_reasons, wording.ABSENT: self.believed_absent})
        return self.told() | waits | {"skipped": known.total(), "skipped_reasons": dict(known)}

    def failed_people(self) -> set[str]:
        return {email for email, state in self.named if state == "failed"}

    def told(self) -> dict[str, Any]:
        """As the run tells it."""
        return {
            "state": self.state,
            "read": self.read,
            "unchanged": self.unchanged,
            "delivered": self.delivered,
            "failed": self.failed,
            "skipped": self.skipped_reasons.total(),
            "skipped_reasons": dict(self.skipped_reasons),
        }


class Reckoning:
    """Goes through the month, and keeps what Iterable has."""

    def __init__(self) -> None:
        self.others: dict[str, dict[str, Any]] = at_the_start()
        """By address, of all whom Iterable has: what did not come from the warehouse."""
        self.sent: dict[str, list[dict[str, Any]]] = {}
        self.sent_from: dict[str, int] = {}
        self.under_way: dict[str, list[dict[str, Any]]] = {}
        self.absent_since: dict[str, datetime] = {}
        self.erased: set[str] = set()
        self.erased_users: set[int] = set()
        self.addresses: dict[int, str] = {}
        self.figures: dict[int, Figures] = {}

    def night(self, night: Night) -> None:
        figures = self.figures[night.number] = Figures()
        if night.trouble in STOPS:
            figures.state = wording.FAILED if night.trouble is Trouble.NO_FILE else wording.STOPPED
        else:
            for told in night.in_window:
                figures.read += 1
                self._take(told, night, figures)
            figures.state = wording.WITH_ERRORS if figures.failed else wording.ENDED_WELL
        self._by_day(night)

    def _take(self, told: Told, night: Night, figures: Figures) -> None:
        if told.mailbox in self.erased or told.user_id in self.erased_users:
            figures.skipped_reasons[wording.ERASED] += 1
        elif told.standing is Standing.UNREADABLE:
            figures.failed += 1
            figures.named.add((told.mailbox, "failed"))
        elif told.standing in CODES:
            figures.skipped_reasons[CODES[told.standing]] += 1
            if told.standing in NAMED:
                figures.named.add((told.mailbox, "skipped"))
        else:
            if told.standing is not Standing.TWO_ADDRESSES:
                self._follow_address(told)
            self._send(told, night, figures)

    def _follow_address(self, told: Told) -> None:
        before = self.addresses.get(told.user_id, told.mailbox)
        self.addresses[told.user_id] = told.mailbox
        if before != told.mailbox:
            for book in self._books():
                if before in book:
                    book[told.mailbox] = book.pop(before)

    def _send(self, told: Told, night: Night, figures: Figures) -> None:
        email, now = told.mailbox, night.at(RUNS_AT)
        information = information_of(told.row)
        asked = self.absent_since.get(email)
        if asked and now - asked < timedelta(hours=wording.ABSENCE_HOLDS_HOURS):
            figures.believed_absent += 1
            figures.skipped_reasons[wording.ABSENT] += 1
        elif self.under_way.get(email) == information:
            figures.skipped_reasons[wording.UNDER_WAY] += 1
            self.sent_from[email] = night.number
        elif email not in self.under_way and self.sent.get(email) == information:
            figures.unchanged += 1
            self.sent_from[email] = night.number
        else:
            self._hand_over(email, information, night, figures)

    def _hand_over(self, email: str, information: list[dict[str, Any]], night: Night, figures: Figures) -> None:
        if night.trouble is Trouble.KEY_REFUSED:
            self.under_way[email] = information
        if email not in self.others:
            figures.skipped_reasons[wording.ABSENT] += 1
            self.sent.pop(email, None)
            if night.trouble is not Trouble.KEY_REFUSED:
                self.absent_since[email] = night.at(RUNS_AT)
        elif night.trouble is Trouble.ONE_REFUSED and email == cast.REFUSED:
            figures.failed += 1
            figures.named.add((email, "failed"))
        else:
            figures.delivered += 1
            self.sent[email], self.sent_from[email] = information, night.number

    def _by_day(self, night: Night) -> None:
        for act, email in night.acts:
            if act == FORGOTTEN:
                self._forget(email)
            elif act == EVENT and email not in self.erased:
                self.others[email] = dict(BY_EVENT_FIELDS)
                self.absent_since.pop(email, None)
            elif act == MADE:
                self.others[email] = first_fields(email)
            elif act == DELETED:
                del self.others[email]
            elif act == KEY_MENDED:
                self._let_go(night.at(DAY_BREAKS_AT))

    def _forget(self, email: str) -> None:
        self.erased.add(email)
        self.erased_users |= {user_id for user_id, known in self.addresses.items() if known == email}
        for book in self._books():
            book.pop(email, None)

    def _books(self) -> tuple[dict[str, Any], ...]:
        """What goes with an address."""
        return self.others, self.sent, self.sent_from

    def _let_go(self, now: datetime) -> None:
        """What waited for the key leaves; who was not there is known to be absent from this moment on."""
        self.absent_since |= {email: now for email in self.under_way if email not in self.others}
        self.under_way = {}


def reckon(nights: list[Night]) -> Reckoning:
    reckoning = Reckoning()
    for night in nights:
        reckoning.night(night)
    return reckoning
