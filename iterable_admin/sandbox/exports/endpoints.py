"""Exports: jobs with files to download, and the answers that stream at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iterable_admin.sandbox.answers import (
    INTEGER,
    STRING,
    Answer,
    Kinds,
    Rate,
    Refused,
    Request,
    Route,
    bad_params,
    envelope,
    expect,
    missing,
    read_integer,
)
from iterable_admin.sandbox.exports.entries import events_of, select_entries
from iterable_admin.sandbox.exports.files import CSV, EXTENSIONS, JSON_STREAM, cut_into_files, write_lines
from iterable_admin.sandbox.exports.jobs import STATES, Job, cancel, spell
from iterable_admin.sandbox.exports.selection import Selection
from iterable_admin.sandbox.exports.types import read_type
from iterable_admin.sandbox.people.lookups import find_asked_for
from iterable_admin.sandbox.project.moments import read_named_range, read_range
from iterable_admin.sandbox.state import State

FILES_A_PAGE = 100
URL_SECONDS = 30 * 60
KINDS: Kinds = {
    **dict.fromkeys(("dataTypeName", "outputFormat", "startDateTime", "endDateTime", "onlyFields", "omitFields"), STRING),
    "delimiter": STRING,
    "campaignId": INTEGER,
}


def start(state: State, request: Request) -> Answer:
    body = request.json()
    expect(request, body, "obj", KINDS)
    for name in ("dataTypeName", "outputFormat"):
        if body.get(name) is None:
            raise missing(request, f"obj.{name}")
    if body["outputFormat"] not in EXTENSIONS:
        raise bad_params("outputFormat must be one of " + ", ".join(EXTENSIONS))
    delimiter = read_delimiter(body.get("delimiter"))
    since, until = read_range(body)
    fields = read_fields_wanted([body.get("onlyFields") or ""], [body.get("omitFields") or ""])
    selection = Selection(read_type(body["dataTypeName"]), since, until, *fields, body.get("campaignId"))
    job = state.exports.start(selection, body["outputFormat"], delimiter, state.clock.now())
    return Answer(200, {"jobId": job.id})


def read_delimiter(text: str | None) -> str:
    if text and (len(text) != 1 or text in '"\r\n'):
        raise bad_params("delimiter must be one character, and no quote or line end")
    return text or ","


def read_fields_wanted(only: Iterable[str], omitted: Iterable[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Lists with commas, which may be repeated."""
    first, second = ([name.strip() for text in texts for name in text.split(",") if name.strip()] for texts in (only, omitted))
    return tuple(dict.fromkeys(first)), frozenset(second)


def files(state: State, request: Request) -> Answer:
    """A page of files after `startAfter`; without files until the job has completed."""
    catch_up(state)
    job = find_job(state, request)
    after = request.query.get("startAfter", "")
    names = [name for name in job.files if name > after][:FILES_A_PAGE]
    answer = {
        "jobId": job.id,
        "jobState": spell(job.state, state.options.export_states),
        "exportTruncated": job.truncated,
        "files": [{"file": name, "url": download_url(state, request, job, name)} for name in names],
    }
    return Answer(200, answer)


def jobs(state: State, request: Request) -> Answer:
    wanted = request.query.get("jobState", "").lower()
    if wanted and wanted not in STATES:
        raise bad_params("jobState must be one of " + ", ".join(STATES))
    catch_up(state)
    found = [job.describe(state.options.export_states) for job in state.exports.jobs.values() if wanted in ("", job.state)]
    return Answer(200, {"jobs": found})


def delete(state: State, request: Request) -> Answer:
    catch_up(state)
    cancel(find_job(state, request), state.clock.now())
    return envelope()


def find_job(state: State, request: Request) -> Job:
    job = state.exports.jobs.get(read_integer(request.params["jobId"], "jobId"))
    if job is None:
        raise bad_params(f"Export job not found: {request.params['jobId']}")
    return job


def catch_up(state: State) -> None:
    state.exports.catch_up(lambda job: write_files(state, job), state.clock.now(), state.options.export_seconds)


def write_files(state: State, job: Job) -> None:
    options = state.options
    header, lines = write_lines(select_entries(state, job.selection), job.output, job.delimiter)
    texts, job.truncated = cut_into_files(header, lines, options.export_file_bytes, options.export_bytes)
    first = int(job.enqueued_at * 1000)
    job.files = {f"file-{first + index}.{EXTENSIONS[job.output]}": text for index, text in enumerate(texts)}


def download_url(state: State, request: Request, job: Job, name: str) -> str:
    expires = int(state.clock.now()) + URL_SECONDS
    return f"http://{request.headers.get('Host', 'localhost')}/sandbox/exports/{job.id}/{name}?expires={expires}"


def download(state: State, request: Request) -> Answer:
    """As from a bucket: whoever has the URL may read, for half an hour, without a key."""
    job = find_job(state, request)
    if state.clock.now() > read_integer(request.query.get("expires", "0"), "expires"):
        raise Refused(403, "Forbidden", "Request has expired")
    if request.params["file"] not in job.files:
        raise Refused(404, "NotFound", f"No such file: {request.params['file']}")
    return Answer(200, job.files[request.params["file"]], job.output)


def data_json(state: State, request: Request) -> Answer:
    return stream(state, request, JSON_STREAM)


def data_csv(state: State, request: Request) -> Answer:
    return stream(state, request, CSV)


def stream(state: State, request: Request, output: str) -> Answer:
    query = request.query
    if not query.get("dataTypeName"):
        raise bad_params("Missing parameter: dataTypeName")
    if "range" not in query and not query.get("startDateTime"):
        raise bad_params("range, or startDateTime and endDateTime, is required")
    since, until = read_named_range(query["range"], state.clock.now()) if "range" in query else read_range(query)
    fields = read_fields_wanted(request.every.get("onlyFields", ()), request.every.get("omitFields", ()))
    campaign = read_integer(query["campaignId"], "campaignId") if "campaignId" in query else None
    selection = Selection(read_type(query["dataTypeName"]), since, until, *fields, campaign)
    return answer_lines(select_entries(state, selection), output, read_delimiter(query.get("delimiter")))


def user_events(state: State, request: Request) -> Answer:
    profile = find_asked_for(state, request)
    custom = request.query.get("includeCustomEvents", "false").lower() == "true"
    return answer_lines(events_of(state, profile, custom) if profile else [], JSON_STREAM)


def answer_lines(entries: list[dict[str, Any]], output: str, delimiter: str = ",") -> Answer:
    header, lines = write_lines(entries, output, delimiter)
    return Answer(200, header + "".join(lines), output)


SECOND, STREAMS = Rate(1, 1), Rate(4, 60)
ROUTES = [
    Route("POST", "/api/export/start", start, SECOND),
    Route("GET", "/api/export/jobs", jobs),
    Route("GET", "/api/export/data.json", data_json, STREAMS),
    Route("GET", "/api/export/data.csv", data_csv, STREAMS),
    Route("GET", "/api/export/userEvents", user_events),
    Route("GET", "/api/export/{jobId}/files", files, SECOND),
    Route("DELETE", "/api/export/{jobId}", delete, SECOND),
    Route("GET", "/sandbox/exports/{jobId}/{file}", download),
]
