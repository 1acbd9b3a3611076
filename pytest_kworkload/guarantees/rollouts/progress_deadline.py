"""deploy-progress-deadline: a rollout that makes no progress is reported when its time is up, and nothing else is done about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ...history.model import History, Object, Version
from ...objects.readiness import condition, observed, unready
from ...objects.revisions import reached, template_change
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import created_in_the_block, no_new_revision

EXCEEDED = "ProgressDeadlineExceeded"


def deadline_report(history: History, uid: str) -> Version | None:
    """The version in which the Deployment says of the window's update that its time is up."""
    update = template_change(history, "Deployment", uid)
    if update is None:
        return None
    later = (one for one in history.of("Deployment") if one.uid == uid and one.revision >= update.revision)
    return next((one for one in later if observed(one.object) and condition(one.object, "Progressing").get("reason") == EXCEEDED), None)


def check_progress_deadline(history: History, uid: str, seconds: int) -> Finding:
    """The report came `seconds` after the last progress and not before, and the template stayed as the window's update made it."""
    now = history.seen("Deployment")[uid]
    own = int(now["spec"].get("progressDeadlineSeconds", 600))
    terms = (f"expected: reported after {seconds} s", f"progressDeadlineSeconds {own}")
    judging = Judging.of(CATALOGUE["deploy-progress-deadline"], now, *terms)
    if reason := created_in_the_block(history, now, "no update could fail to make progress"):
        return judging.vacuous(*reason)
    update = template_change(history, "Deployment", uid)
    if update is None:
        return judging.vacuous(*no_new_revision("nothing had to make progress"))
    if now["spec"].get("paused"):
        return judging.vacuous("no deadline runs while the Deployment is paused", "spec.paused: false (now true)", "resume() it")
    judging = replace(judging, trigger=reached(history, update))
    other_limit = f"spec.progressDeadlineSeconds: {seconds} (now {own})" if own != seconds else ""
    report = deadline_report(history, uid)
    if report is None and unready(now) is None:
        return judging.vacuous(
            "the update was completed, so there was nothing to report", do="update it to a version that does not become ready"
        )
    if report is None:
        check = "" if other_limit else "whether it is reported with a longer timeout"
        return judging.found([Breach("it was not reported")], change=other_limit, check=check)
    after = (_time(report.object, "lastTransitionTime") - _last_progress(history, uid, report)).total_seconds()
    if after < seconds - 1 or own != seconds:  # both times are cut to whole seconds
        check = "" if other_limit else "find what, other than the controller, writes the Deployment's status"
        breach = Breach(f"it was reported {after:.0f} s after the last progress", report.received)
        return judging.found([breach], change=other_limit, check=check)
    return judging.found(
        [Breach("the template was changed afterwards")] if now["spec"]["template"] != update.object["spec"]["template"] else (),
        cause="Kubernetes does not roll back by itself",
        check="find out who else updates the Deployment",
        evidence={"seconds": after, "message": str(condition(report.object, "Progressing").get("message", ""))},
    )


def _last_progress(history: History, uid: str, report: Version) -> datetime:
    """When the Deployment, by its own account, last made progress before the report. (It may do so again in the same second.)"""
    versions = (one for one in history.of("Deployment") if one.uid == uid and one.revision < report.revision)
    earlier = [history.before("Deployment")[uid], *(one.object for one in versions)]
    moments = [_time(one, "lastUpdateTime") for one in earlier if condition(one, "Progressing").get("status") == "True"]
    return max((one for one in moments if one <= _time(report.object, "lastTransitionTime")), default=history.started)


def _time(deployment: Object, field: str) -> datetime:
    return datetime.fromisoformat(str(condition(deployment, "Progressing")[field]))
