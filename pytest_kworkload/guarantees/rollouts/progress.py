"""deploy-progress-deadline: a rollout that does not get on is reported when its time is up, and nothing is done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...history.model import History, Object, Version
from ...objects.readiness import condition, observed, unready
from ...objects.revisions import reached, template_change
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

EXCEEDED = "ProgressDeadlineExceeded"


def reported(history: History, uid: str) -> Version | None:
    """The version in which the Deployment says of the window's update that its time is up."""
    change = template_change(history, "Deployment", uid)
    if change is None:
        return None
    later = (one for one in history.of("Deployment") if one.uid == uid and one.revision >= change.revision)
    return next((one for one in later if observed(one.object) and condition(one.object, "Progressing").get("reason") == EXCEEDED), None)


def check_deadline(history: History, uid: str, seconds: int) -> Finding:
    """It was reported so many seconds after the last progress and not before, and the template stayed as the window's update made it."""
    now, change = history.seen("Deployment")[uid], None
    own = int(now["spec"].get("progressDeadlineSeconds", 600))

    def found(**parts: Any) -> Finding:
        moment = reached(history, change) if change is not None else None
        terms = (f"to be reported after {seconds} s", f"progressDeadlineSeconds {own}")
        return Finding(CATALOGUE["deploy-progress-deadline"], f"Deployment {now['metadata']['name']}", terms, trigger=moment, **parts)

    if uid not in history.before("Deployment"):
        return found(vacuous="the block created the Deployment", change="apply it before the block")
    change = template_change(history, "Deployment", uid)
    if change is None:
        return found(vacuous="the block made no new revision, so nothing had to get on", change="update the template in the block")
    if now["spec"].get("paused"):
        return found(vacuous="it is paused, and then the time stands still", change="resume() it")
    field = f"spec.progressDeadlineSeconds: {seconds} (now {own})"
    told = reported(history, uid)
    if told is None:
        if unready(now) is None:
            return found(vacuous="the update is complete", change="update it to a version that does not become ready")
        return found(breaches=(Breach("it was not reported"),), change=field if own != seconds else "a longer timeout")
    after = (_at(told.object, "lastTransitionTime") - _progress(history, uid, told)).total_seconds()
    if after < seconds - 1 or own != seconds:  # both times are cut to whole seconds
        return found(breaches=(Breach(f"it was reported {after:.0f} s after the last progress", told.received),), change=field)
    if now["spec"]["template"] != change.object["spec"]["template"]:
        return found(
            breaches=(Breach("the template was changed afterwards"),),
            cause="Kubernetes does not go back by itself",
            change="who else updates it",
        )
    return found(evidence={"seconds": after, "message": str(condition(told.object, "Progressing").get("message", ""))})


def _progress(history: History, uid: str, told: Version) -> datetime:
    """When the Deployment got on for the last time before that, as it says itself. (It may get on again in the second of the report.)"""
    versions = (one for one in history.of("Deployment") if one.uid == uid and one.revision < told.revision)
    earlier = [history.before("Deployment")[uid], *(one.object for one in versions)]
    moments = [_at(one, "lastUpdateTime") for one in earlier if condition(one, "Progressing").get("status") == "True"]
    return max((one for one in moments if one <= _at(told.object, "lastTransitionTime")), default=history.started)


def _at(deployment: Object, field: str) -> datetime:
    return datetime.fromisoformat(str(condition(deployment, "Progressing")[field]))
