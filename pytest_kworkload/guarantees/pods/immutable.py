"""sts-immutable, pod-mutable-fields, immutable-fields: some fields of an object cannot be changed in place; the API server refuses it."""

from __future__ import annotations

import re
from typing import Any

from ...history.model import History, Object
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

# The guarantee by kind; of all others the general one.
ROWS = {"StatefulSet": "sts-immutable", "Pod": "pod-mutable-fields"}

INVALID = 422  # the status with which the API server refuses what its validation forbids, a misspelt field among it
# The words of Kubernetes' validation for a field that is valid and must not change.
_SAYS = re.compile(
    r"immutable|updates to .* are forbidden|may not change fields other than|(may not|cannot) be (changed|updated)"
    r"|may not change once set|cannot be (modified|cleared) once set",
    re.DOTALL,
)


def check_immutable(history: History, key: str, uid: str, status: int, message: str) -> Finding:
    """A change in the window was answered with this status (200: accepted). It must be refused as invalid, and change nothing."""
    before, after = history.before(key)[uid], history.seen(key)[uid]
    same = _asked(before) == _asked(after)

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE[ROWS.get(key, "immutable-fields")], f"{key} {before['metadata']['name']}", **parts)

    if status == 200 and same:
        return found(vacuous="the patch was accepted and changed nothing", change="patch: another value than the object has")
    if status == 200:
        return found(
            breaches=(Breach("the change was accepted"),),
            cause="the field can be changed in place",
            change="patch: a field that the kind does not let you change",
        )
    if status != INVALID or not _SAYS.search(message):
        return found(
            vacuous=f"the patch was refused for another reason, with status {status}: {message}",
            change="patch: one that is valid but for the change that it makes",
        )
    if not same:
        return found(
            breaches=(Breach("the change was refused, and the object changed all the same"),),
            cause="somebody else changed it in the meantime",
            change="what changes the object beside the test",
        )
    return found(evidence={"message": message})


def _asked(obj: Object) -> dict[str, Any]:
    """What a user asks for with an object: not what controllers tell of it, nor the node, which the scheduler writes."""
    parts = {part: value for part, value in obj.items() if part not in ("metadata", "status")}
    if "spec" in parts:
        parts["spec"] = {key: value for key, value in parts["spec"].items() if key != "nodeName"}
    return parts
