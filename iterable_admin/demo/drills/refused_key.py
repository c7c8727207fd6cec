"""The key is refused: all sending stops at once and says so, and one good call with a mended key resumes it."""

from __future__ import annotations

from iterable_admin.demo.drills.crowd import Crowd, gather, send
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.needing import retry_all
from iterable_admin.demo.drills.reading_back import delivered
from iterable_admin.demo.drills.standing import rows_of, standing
from iterable_admin.demo.drills.verdict import Verdict
from iterable_admin.demo.drills.waiting import wait_until
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.outbox.reading_side_by_side import SIDE_BY_SIDE
from iterable_admin.outbox.switching import current, switch

# What may be under way side by side when the first refusal comes: deliveries, and a look at people.
MOST_REFUSALS = 8 + SIDE_BY_SIDE


def drill(ground: Ground) -> Verdict:
    crowd = gather("refused-key")
    since = len(ground.faults.calls())
    ground.faults.switch_on("refused-key")
    send(crowd, ground.upstream, ground.say)
    wait_until(lambda: is_halted() and _is_processed(crowd) and _nothing_leaves(crowd), "sending to be halted", ground.say)
    stood, halt = standing(crowd.ids), current()
    wrong = _objections(ground, crowd, halt)
    ground.say(f"Halted, because: {halt.halted_because} Mending the key …")
    ground.faults.all_off()
    # What an operator does, who need not wait a minute for the next test of the key.
    switch(SendingSwitch.Mode.LIVE, "The key is mended.", "drill")
    wait_until(lambda: not is_halted(), "one good call to resume sending", ground.say)
    retry_all(crowd)
    ground.wait_for_rest(crowd)
    notes = [f"Sending was halted: {halt.halted_because}"]
    return ground.judge("refused-key", crowd, since, stood=stood, wrong=wrong, notes=notes)


def is_halted() -> bool:
    return current().halted_at is not None


def _is_processed(crowd: Crowd) -> bool:
    return not Event.objects.open().filter(uuid__in=crowd.ids).exists()


def _nothing_leaves(crowd: Crowd) -> bool:
    return not rows_of(crowd.ids).filter(state=Delivery.State.SENDING).exists()


def _objections(ground: Ground, crowd: Crowd, halt: SendingSwitch) -> list[str]:
    refusals, arrived = ground.faults.struck("refused-key"), delivered(crowd)
    return [
        *([] if halt.halted_because else ["the halt does not say why"]),
        *([f"{refusals} calls were made with a refused key"] if refusals > MOST_REFUSALS else []),
        *([f"{arrived} requests count as delivered without a good call"] if arrived else []),
    ]
