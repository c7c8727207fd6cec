"""Steps taken by the client, against the sandbox, and by the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.writes import Person, ProfileUpdate, SubscriptionUpdate, TrackedEvent
from iterable_admin.sandbox import RunningSandbox
from tests.contract import model
from tests.contract.comparing import UNIQUE, Comparison, known_as, said
from tests.contract.drawing import EMAILS, LISTS, MALFORMED, events, people_of, profiles
from tests.contract.model import Fields, Kind, Who


class Walk(RuleBasedStateMachine):
    """Each step is taken by both; what they say has to be the same, and what they then hold of the people concerned."""

    def __init__(self, kind: Kind, sandbox: RunningSandbox, client: IterableClient) -> None:
        super().__init__()
        self.kind, self.sandbox, self.client = kind, sandbox, client
        types = client.message_types.all()
        self.opt_outs = [found.id for found in types if found.subscription_policy == "OptOut"]
        self.opt_ins = {found.id: found.channel_id or 0 for found in types if found.subscription_policy == "OptIn"}
        self.channels = {found.id: found.channel_type for found in client.channels.all()}
        # The sandbox's lists are all mailed through this one.
        self.marketing = next(number for number, kind in self.channels.items() if kind == "Marketing")
        self.project = model.Project(kind, self.opt_ins)
        self.comparison = Comparison(client, self.project)
        self.fresh = 0

    @initialize()
    def start_empty(self) -> None:
        with self.sandbox.state.lock:
            self.sandbox.state.reset()

    @rule(data=st.data(), profile=profiles, prefer=st.booleans())
    def update(self, data: st.DataObject, profile: tuple[Fields, bool], prefer: bool) -> None:
        who, (values, merge) = self.someone(data), profile
        row = ProfileUpdate(values, merge_nested_objects=merge, prefer_user_id=prefer, **known_as(who))
        expected = partial(self.project.update, who, values, merge=merge, prefer=prefer)
        self.both([who], partial(self.client.users.update, row), expected)

    @rule(data=st.data(), values=st.lists(profiles, min_size=1, max_size=4), create=st.booleans(), known_only=st.booleans())
    def bulk_update(self, data: st.DataObject, values: list[tuple[Fields, bool]], create: bool, known_only: bool) -> None:
        rows = [(who, *profile) for who, profile in zip(self.several(data, len(values)), values, strict=False)]
        # Whether a new field that would be deleted at once, or one inside an object, counts as new is not said.
        rows = [(who, found if create else _flat(found), merge) for who, found, merge in rows]
        rows += [(_other_case(who), found, merge) for who, found, merge in data.draw(st.lists(st.sampled_from(rows), max_size=2))]
        sent = [ProfileUpdate(found, merge_nested_objects=merge, **known_as(who)) for who, found, merge in rows]
        dropped: list[set[str]] = []

        def expected() -> list[str]:
            words, names = self.project.bulk_update(rows, create=create, known_only=known_only)
            dropped.append(names)
            # Elsewhere not found is said only of who was to be tracked, subscribed or unsubscribed.
            return ["invalid" if word == "not_found" and not known_only else word for word in words]

        def act() -> object:
            result = self.client.users.bulk_update(sent, create_new_fields=create, update_only=known_only)
            dropped.append(set(result.filtered_out_fields))
            return result

        self.both([who for who, _, _ in rows], act, expected)
        assert dropped[:1] == dropped[1:]

    @rule(data=st.data(), aligned=st.booleans(), many=st.booleans())
    def overwrite_subscriptions(self, data: st.DataObject, aligned: bool, many: bool) -> None:
        who = self.someone(data)
        arrays = data.draw(st.fixed_dictionaries({}, optional=self.arrays()))
        # Neither what a bulk call says of a type under a closed channel, nor if to opt out no longer is to subscribe.
        aligned = aligned and not many and "unsubscribed_types" not in arrays
        update = SubscriptionUpdate(
            email_list_ids=_sorted(arrays, "lists"),
            unsubscribed_channel_ids=_sorted(arrays, "unsubscribed_channels"),
            unsubscribed_message_type_ids=_sorted(arrays, "unsubscribed_types"),
            subscribed_message_type_ids=_sorted(arrays, "subscribed_types"),
            validate_channel_alignment=None if aligned else False,
            **known_as(who),
        )
        act = (
            partial(self.client.subscriptions.bulk_update, [update])
            if many
            else partial(self.client.subscriptions.update, update)
        )
        self.both([who], act, lambda: self.overwritten(who, arrays, aligned=aligned, many=many))

    def overwritten(self, who: Who, arrays: dict[str, set[int]], *, aligned: bool, many: bool) -> list[str] | None:
        if many and self.project.refusal(who):
            # This answer has no list for the forgotten, nor for userIds that nobody has.
            return ["invalid"]
        self.project.overwrite(who, arrays, aligned=aligned)
        return None

    @rule(data=st.data(), subscribe=st.booleans(), many=st.booleans())
    def change_one_subscription(self, data: st.DataObject, subscribe: bool, many: bool) -> None:
        who = self.someone(data)
        assume(not many or self.project.refusal(who) is None)
        group, number = data.draw(st.sampled_from(self.groups()))
        # Whether a type may be subscribed here under an unsubscribed channel is not said.
        person = self.project.find(who)
        assume(not (subscribe and group == "messageType" and person and person.arrays and person.arrays["unsubscribed_channels"]))
        one = self.client.subscriptions.subscribe if subscribe else self.client.subscriptions.unsubscribe
        all_of = self.client.subscriptions.subscribe_all if subscribe else self.client.subscriptions.unsubscribe_all
        act = partial(all_of, group, number, [Person(**known_as(who))]) if many else partial(one, group, number, **known_as(who))
        expected = partial(self.project.change_one, who, group, number, subscribe=subscribe)
        self.both([who], act, expected)

    @rule(data=st.data(), rows=st.lists(events, min_size=1, max_size=4))
    def track_in_bulk(self, data: st.DataObject, rows: list[tuple[str, int, Fields]]) -> None:
        people = self.several(data, len(rows), known_ids=True)
        named = [(who, self.event_id(data, who), event) for who, event in zip(people, rows, strict=False)]
        named += data.draw(st.lists(st.sampled_from(named), max_size=2))
        self.both(
            [who for who, _, _ in named],
            partial(self.client.events.track_bulk, [_event(*row) for row in named]),
            partial(self.project.track, named),
        )

    @rule(data=st.data(), event=events)
    def track_one(self, data: st.DataObject, event: tuple[str, int, Fields]) -> None:
        who = self.someone(data)
        # Of somebody unknown only the call is accepted: whether the values leave types behind is not said.
        row = (who, self.event_id(data, who), event if self.project.find(who) else (event[0], event[1], {}))

        def expected() -> str:
            word = self.project.track([row])[0]
            return "delivered" if word == "not_found" else word

        self.both([who], partial(self.client.events.track, _event(*row)), lambda: _one(expected()))

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        who = self.someone(data)
        assume(self.project.find(who) is not None)
        way = self.client.users.delete_by_email if who[0] == "email" else self.client.users.delete_by_user_id
        self.both([who], partial(way, who[1]), partial(self.project.delete, who))

    @rule(data=st.data(), values=st.lists(profiles, min_size=1, max_size=3), number=st.sampled_from(LISTS))
    def join_list(self, data: st.DataObject, values: list[tuple[Fields, bool]], number: int) -> None:
        people = self.several(data, len(values))
        rows = [(who, *profile) for who, profile in zip(people, values, strict=False)]
        sent = [ProfileUpdate(found, merge_nested_objects=merge, **known_as(who)) for who, found, merge in rows]
        self.both(people, partial(self.client.lists.subscribe, number, sent), partial(self.project.join_list, rows, number))

    @rule(data=st.data(), count=st.integers(1, 3), number=st.sampled_from(LISTS), globally=st.booleans())
    def leave_list(self, data: st.DataObject, count: int, number: int, globally: bool) -> None:
        people = self.several(data, count)
        sent = [Person(**known_as(who)) for who in people]
        expected = [self.project.leave_list(who, number, self.marketing if globally else None) for who in people]
        act = partial(self.client.lists.unsubscribe, number, sent, channel_unsubscribe=globally)
        self.both(people, act, lambda: expected)

    @rule(data=st.data(), address=st.sampled_from(EMAILS))
    def change_email(self, data: st.DataObject, address: str) -> None:
        who = self.someone(data)
        # Elsewhere it is an update like others, and what it makes of somebody unknown is not said.
        assume(self.kind == "email" or self.project.find(who) is not None)
        act = partial(self.client.users.change_email, address, **known_as(who))
        self.both([who, ("email", address)], act, partial(self.project.change_email, who, address))

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        source, destination = self.someone(data), self.someone(data)
        first, second = self.project.find(source), self.project.find(destination)
        # Not said: a person merged with itself, what becomes of the source's subscriptions and of its other identifier.
        assume(model.plain(source) != model.plain(destination) and (first is None or first is not second))
        assume(first is None or second is None or not (first.arrays or _gives_identifier(first, second)))
        act = partial(self.client.users.merge, Person(**known_as(source)), Person(**known_as(destination)))
        self.both([source, destination], act, partial(self.project.merge, source, destination))

    @rule(data=st.data(), forget=st.booleans())
    def forget_or_unforget(self, data: st.DataObject, forget: bool) -> None:
        who = self.someone(data)
        person = self.project.find(who)
        assume(who[1] not in MALFORMED and who[0] in UNIQUE[self.kind])
        # Whether the other identifier of somebody with two is forgotten as well is not said.
        assume(person is None or None in (person.email, person.user_id))
        ours, theirs = (self.project, self.client.users)
        act = partial(theirs.forget if forget else theirs.unforget, Person(**known_as(who)))
        self.both([who], act, partial(ours.forget if forget else ours.unforget, who))

    def teardown(self) -> None:
        self.comparison.everything()

    def both(self, people: Iterable[Who], act: Callable[[], object], expected: Callable[[], object]) -> None:
        ours, theirs = said(expected), said(act)
        assert theirs == ([ours] if ours == "delivered" and isinstance(theirs, list) else ours)
        for who in {model.plain(who) for who in people}:
            self.comparison.compare(who)

    def someone(self, data: st.DataObject) -> Who:
        who: Who = data.draw(people_of(self.kind))
        return who

    def several(self, data: st.DataObject, count: int, *, known_ids: bool = False) -> list[Who]:
        """Each another person, because the order of two rows of one is not defined."""
        found: dict[object, Who] = {}
        for who in data.draw(st.lists(people_of(self.kind), min_size=count, max_size=count)):
            person = self.project.find(who)
            # Whether a bulk call makes somebody of an unknown userId or does not find them, the sources disagree.
            if not known_ids or person or who[0] == "email":
                found.setdefault(id(person) if person else model.plain(who), who)
        assume(found)
        return list(found.values())

    def event_id(self, data: st.DataObject, who: Who) -> str:
        """A new one or one of the person's own: what becomes of somebody else's event is not said."""
        person = self.project.find(who)
        self.fresh += 1
        return str(data.draw(st.sampled_from([f"e-{self.fresh}", *(person.events if person else ())])))

    def arrays(self) -> dict[str, st.SearchStrategy[set[int]]]:
        known = {"lists": LISTS, "unsubscribed_channels": list(self.channels), "unsubscribed_types": self.opt_outs}
        return {
            name: st.sets(st.sampled_from(list(ids))) for name, ids in [*known.items(), ("subscribed_types", list(self.opt_ins))]
        }

    def groups(self) -> list[tuple[str, int]]:
        kinds = {"emailList": LISTS, "messageChannel": list(self.channels), "messageType": [*self.opt_outs, *self.opt_ins]}
        return [(group, number) for group, numbers in kinds.items() for number in numbers]


def _event(who: Who, identifier: str, event: tuple[str, int, Fields]) -> TrackedEvent:
    name, at, values = event
    return TrackedEvent(name, values, id=identifier, created_at=at, **known_as(who))


def _flat(values: Fields) -> Fields:
    deep = (type(None), dict)
    return {name: value for name, value in values.items() if not isinstance(value, deep) and name != "namespace_information"}


def _gives_identifier(one: model.Person, other: model.Person) -> bool:
    return bool((one.email and not other.email) or (one.user_id and not other.user_id))


def _other_case(who: Who) -> Who:
    return (who[0], who[1].upper()) if who[0] == "email" and who[1].isascii() else who


def _sorted(arrays: dict[str, set[int]], name: str) -> list[int] | None:
    return sorted(arrays[name]) if name in arrays else None


def _one(word: str) -> None:
    if word != "delivered":
        raise model.Refusal(word)
