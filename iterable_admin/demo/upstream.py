"""The upstream systems of the demo: what they post to the REST API."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import requests

from iterable_admin.demo.invented_namespaces import INPUTS
from iterable_admin.errors import Problem

TRIAL = "events/saas-trial/"
REGISTRATION = "events/saas-free-registration/"
GITLAB = "events/gitlab/"
UNSUBSCRIBE = "webhooks/marketo/unsubscribe/"

# Written as GitLab's own code sends them; beside it what Iterable is to hold of each.
GITLAB_LEAD = {
    "trial_user": {
        "first_name": "Grace",
        "last_name": "Hopper",
        "company_name": "Compilers & Co",
        "company_size": "500 - 1,999",
        "country": "DE",
        "work_email": "Grace.Hopper@Example.org",
        "uid": 4242,
        "setup_for_company": True,
        "role": "software_developer",
        "jtbd": "exploring",
        "product_interaction": "SaaS Trial - defaulted",
        "provider": "gitlab",
        "opt_in": True,
    }
}
GITLAB_LEAD_IN_ITERABLE = {
    "firstName": "Grace",
    "lastName": "Hopper",
    "company": "Compilers & Co",
    "employeeBucket": "500-1,999",
    "country": "Germany",
    "companyNamespace": True,
    "userRole": "software_developer",
    "signupReason": "I want to explore GitLab",
}


@dataclass
class Upstream:
    """Posts, and keeps count of what was answered."""

    url: str
    token: str
    sent: int = 0
    accepted: int = 0
    ids: list[str] = field(default_factory=list)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        found = self._post(path, body).json()
        self._count(found if isinstance(found, list) else [found])
        return found

    def start_sync(self) -> int:
        """The id of the run."""
        answer = self._post("sync-runs/", {})
        return int(answer.json()["id"])

    def _post(self, path: str, body: dict[str, Any]) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.post(f"{self.url}/api/v1/{path}", json=body, headers=headers, timeout=30)
        if answer.status_code >= 400:
            raise Problem(f"{path} answered {answer.status_code}: {answer.text[:500]}")
        return answer

    def _count(self, answers: list[dict[str, Any]]) -> None:
        self.sent += len(answers)
        taken = [answer for answer in answers if answer.get("id") and answer.get("status") != "rejected"]
        self.accepted += len(taken)
        self.ids += [answer["id"] for answer in taken]


def read_input(name: str) -> dict[str, Any]:
    """One of the instance's own tables, verbatim."""
    found: dict[str, Any] = json.loads((INPUTS / name).read_text())
    return found


def invented_trial(number: int) -> dict[str, Any]:
    """Already in the outgoing form, so that what Iterable holds can be compared with what was sent."""
    return {
        "email": f"trial.{number:05}@customers.example.com",
        "company": f"Company {number % 97}",
        "companyNamespace": number % 3 != 0,
        "country": ("United States", "Germany", "Japan", "Brazil")[number % 4],
        "employeeBucket": ("1-99", "100-499", "500-1,999", "2,000-9,999", "10,000+")[number % 5],
        "firstName": f"First{number}",
        "lastName": f"Last{number}",
        "latest_trial_start_date": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "signupReason": ("I want to explore GitLab", "I want to use GitLab CI")[number % 2],
        "state": f"S{number % 50}",
        "userRole": ("software_developer", "product_designer", "other")[number % 3],
    }


def as_tracked(flat: dict[str, Any], event_name: str = "SaaS Trials") -> dict[str, Any]:
    """The same in Iterable's track shape, as the bulk endpoint takes it."""
    fields = {name: value for name, value in flat.items() if name != "email"}
    return {"eventName": event_name, "email": flat["email"], "dataFields": fields}


def unsubscribe(email: str, occurred_at: str, *, unsubscribed: bool = True) -> dict[str, Any]:
    return {
        "event": "unsubscribe",
        "marketo_lead_id": 52981234,
        "email": email,
        "unsubscribed": unsubscribed,
        "occurred_at": occurred_at,
        "campaign": "Unsubscribe to Iterable",
    }
