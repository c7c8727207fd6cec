"""What the benchmarks send."""

from __future__ import annotations

from typing import Any


def trial(number: int) -> dict[str, Any]:
    fields = {
        "company": "Fictional Company",
        "companyNamespace": True,
        "country": "United States",
        "employeeBucket": "1-99",
        "firstName": "John",
        "lastName": "Doe",
        "latest_trial_start_date": "2026-06-11",
        "signupReason": "I want to explore GitLab",
        "state": "OR",
        "userRole": "product_designer",
    }
    return {"eventName": "SaaS Trials", "email": f"p{number}@example.com", "dataFields": fields}
