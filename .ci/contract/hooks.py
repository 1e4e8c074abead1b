"""Checks of our own: every failure is a problem document, and the document's fields are the program's fields."""

import schemathesis
from schemathesis.generation import GenerationMode


@schemathesis.check
def failures_are_problem_documents(ctx, response, case):
    if response.status_code < 400 or case.method.upper() == "HEAD":
        return
    kind = response.headers.get("content-type", [""])[0]
    assert kind.startswith("application/problem+json"), f"a failure of type {kind}"
    problem = response.json()
    for field in ("type", "title", "status", "detail", "instance", "code", "errors", "request_id"):
        assert field in problem, f"a problem document without {field}"
    assert problem["status"] == response.status_code
    assert problem["request_id"] == response.headers["x-request-id"][0]
    assert problem["title"] != problem["code"], f"no words for {problem['code']}"


@schemathesis.check
def well_formed_fields_are_taken(ctx, response, case):
    generation = case.meta.generation if case.meta else None
    if generation is None or generation.mode != GenerationMode.POSITIVE or response.status_code != 422:
        return
    # How fields must fit each other, or what a site has, no schema can say.
    sayable = ("field_", "value_", "text_", "_malformed", "_out_of_range", "too_many_")
    # `format: date` has no range, a period is two fields, and a cursor is only ever one that was given out.
    unsayable = ("date_out_of_range", "period_out_of_range", "cursor_malformed")
    errors = [error for error in response.json()["errors"] if error["code"] not in unsayable]
    wrong = [error for error in errors if any(part in error["code"] for part in sayable)]
    assert not wrong, f"the document allows what the program refuses: {wrong}"
