"""sts-immutable, pod-mutable-fields, immutable-fields: the API server refuses to change some fields of an object in place."""

from __future__ import annotations

import re
from typing import Any

from ...history.model import History, Object
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging

# The guarantee by kind; every other kind has the general one.
_GUARANTEES = {"StatefulSet": "sts-immutable", "Pod": "pod-mutable-fields"}

_INVALID = 422  # the status with which the API server refuses what its validation forbids, such as a misspelt field
# The words of Kubernetes' validation for a field that is valid and must not change.
_MUST_NOT_CHANGE = re.compile(
    r"immutable|updates to .* are forbidden|may not change fields other than|(may not|cannot) be (changed|updated)"
    r"|may not change once set|cannot be (modified|cleared) once set",
    re.DOTALL,
)


def check_immutable(history: History, key: str, uid: str, status: int, message: str) -> Finding:
    """A change in the window was answered with this status (200: accepted). It must be refused as invalid, and change nothing."""
    before, after = history.before(key)[uid], history.seen(key)[uid]
    judging = Judging.of(CATALOGUE[_GUARANTEES.get(key, "immutable-fields")], before)
    same = _wanted(before) == _wanted(after)
    if status == 200 and same:
        return judging.vacuous("the patch was accepted and changed nothing", do="patch another value than the object has")
    if status == 200:
        return judging.found(
            (Breach("the change was accepted"),),
            cause="the field can be changed in place",
            check="whether the test patches a field that the kind does not let you change",
        )
    if status != _INVALID or not _MUST_NOT_CHANGE.search(message):
        return judging.vacuous(
            f"the patch was refused for another reason, with status {status}: {message}",
            do="take a patch that is wrong only in what it changes: one that is valid otherwise",
        )
    return judging.found(
        () if same else (Breach("the change was refused, and the object changed all the same"),),
        cause="somebody else changed it in the meantime",
        check="what, other than the test, changes the object",
        evidence={"message": message},
    )


def _wanted(obj: Object) -> dict[str, Any]:
    """What a user asks for with an object: not what controllers report about it, nor the node, which the scheduler writes."""
    parts = {part: value for part, value in obj.items() if part not in ("metadata", "status")}
    if "spec" in parts:
        parts["spec"] = {key: value for key, value in parts["spec"].items() if key != "nodeName"}
    return parts
