"""A worker is killed in the middle of a call that Iterable carries out: another one takes the rows, and nothing is twice."""

from __future__ import annotations

from django.utils import timezone

from iterable_admin.demo.drills.crowd import Crowd, gather, send
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.verdict import Verdict
from iterable_admin.demo.drills.waiting import wait_until
from iterable_admin.outbox.models import Delivery

WORKER = "worker"
LATE = 1


def drill(ground: Ground) -> Verdict:
    crowd = gather("killed-worker", leavers=0)
    late, crowd.trials = Crowd(crowd.trials[-LATE:], []), crowd.trials[:-LATE]
    since = len(ground.faults.calls())
    ground.faults.switch_on("timeout-after-commit", times=1, seconds=30, path="/api/events/")
    send(crowd, ground.upstream, ground.say)
    wait_until(lambda: not ground.faults.any_on(), "a call to be under way", ground.say)
    ground.players.kill(WORKER)
    left = Delivery.objects.filter(state=Delivery.State.SENDING)
    notes = [f"Killed with {left.count()} rows on their way."]
    wrong = [] if left.exists() else ["the worker had nothing on its way when it was killed"]
    ground.say("The worker is killed in the middle of a call; starting another one …")
    ground.players.restart(WORKER)
    wait_until(lambda: not left.filter(lease_until__gt=timezone.now()).exists(), "the dead worker's lease to end", ground.say)
    # The sweep would find the rows within a minute; the next event brings them along at once.
    send(late, ground.upstream, ground.say)
    both = Crowd([*crowd.trials, *late.trials], [], [*crowd.ids, *late.ids])
    ground.wait_for_rest(both)
    return ground.judge("killed-worker", both, since, notes=notes, wrong=wrong)
