"""The same table as `people`, each row as of a moment of its own: one person may be asked about at several moments."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.consent.ledger import ACTS, GRANTS, Verdict
from contacts.consent.models import AddressReport
from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.people import ARRAYS, FORGOTTEN_ELSEWHERE, LATEST, People, truth


@dataclass(frozen=True)
class PeopleAt(People):
    """`asked` is a table with `n`, `address_key`, `has_address`, `at` and what is carried; `n` is the `id` of a row of ours."""

    asked: str = "asked"

    def table(self) -> Sql:
        told, targets = self._told()
        moments = "".join(
            f", {expression.format('t').replace('_at', f'_{number}')} AS {kind}_{number}"
            for number in self.numbers.values()
            for kind, expression in LATEST.items()
        )
        arrays = ", ".join(f"s.{array}" for array in ARRAYS)
        carried = "".join(f", a.{column}" for column in self.carried)
        people = f"""SELECT a.n AS id, a.address_key, a.has_address{carried},
            (e.id IS NOT NULL OR f.address_key IS NOT NULL) AS forgotten,
            s.n IS NOT NULL AS observed, COALESCE(s.present, {truth(False)}) AS present, {arrays},
            COALESCE(r.bounced, 0) AS bounced, COALESCE(r.suppressed, 0) AS provider_suppressed,
            g.n IS NOT NULL AS on_suppressed_list{moments}
            FROM {self.asked} a LEFT JOIN told t ON t.n = a.n LEFT JOIN seen s ON s.n = a.n LEFT JOIN reports r ON r.n = a.n
            LEFT JOIN suppressed g ON g.n = a.n
            LEFT JOIN consent_erasure e ON e.address_key = a.address_key AND e.requested_at <= a.at
            LEFT JOIN ({FORGOTTEN_ELSEWHERE}) f ON f.address_key = a.address_key AND f.first_seen_at <= a.at"""
        parts = {"told": told, "seen": self._seen(), "reports": self._reports(), "suppressed": self._suppressed()}
        tables = ", ".join(f"{name} AS ({text})" for name, text in parts.items())
        return f"WITH {tables}, people AS ({people})", targets

    def _told(self) -> Sql:
        """One row for each asked, with the latest moment of each kind and target."""
        grants, acts = _quoted(GRANTS), _quoted(ACTS)
        kinds = {
            "withdrawn": f"ch.verdict = '{Verdict.WITHDRAWN.value}'",
            "granted": f"ch.verdict IN ({grants}) AND ch.basis IN ({acts})",
            "derived": f"((ch.verdict IN ({grants}) AND ch.basis NOT IN ({acts})) OR ch.verdict = '{Verdict.IMPORTED.value}')",
            "expired": f"ch.verdict = '{Verdict.EXPIRED.value}'",
        }
        columns = "".join(
            f", MAX(CASE WHEN ch.target = %s AND ch.target_key = %s AND {test} THEN ch.occurred_at END) AS {kind}_{number}"
            for number in self.numbers.values()
            for kind, test in kinds.items()
        )
        text = f"""SELECT a.n{columns} FROM {self.asked} a JOIN consent_subscriptionchange ch
            ON ch.address_key = a.address_key AND ch.occurred_at <= a.at GROUP BY a.n"""
        return text, tuple(part for key in self.numbers for _ in kinds for part in key)

    def _seen(self) -> str:
        ranked = "ROW_NUMBER() OVER (PARTITION BY a.n ORDER BY o.observed_at DESC, o.id DESC) AS place"
        columns = ", ".join(f"o.{column}" for column in ("present", *ARRAYS))
        sights = f"""SELECT a.n, {columns}, {ranked} FROM {self.asked} a JOIN consent_profileobservation o
            ON o.address_key = a.address_key AND o.observed_at <= a.at"""
        return f"SELECT * FROM ({sights}) sights WHERE place = 1"

    def _reports(self) -> str:
        kinds = {"bounced": AddressReport.Kind.HARD_BOUNCE, "suppressed": AddressReport.Kind.SUPPRESSED}
        columns = ", ".join(f"MAX(CASE WHEN b.kind = '{kind.value}' THEN 1 ELSE 0 END) AS {name}" for name, kind in kinds.items())
        return f"""SELECT a.n, {columns} FROM {self.asked} a JOIN consent_addressreport b
            ON b.address_key = a.address_key AND b.occurred_at <= a.at GROUP BY a.n"""

    def _suppressed(self) -> str:
        return f"""SELECT DISTINCT a.n FROM {self.asked} a JOIN consent_listmembership m ON m.address_key = a.address_key
            AND m.seen_at <= a.at JOIN consent_list l ON l.id = m.list_id WHERE l.global_suppression = {truth(True)}"""


def _quoted(values: frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))
