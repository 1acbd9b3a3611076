"""Why nothing was shown: the reasons that many checks have in common, each in one wording."""

from __future__ import annotations

from ..history.model import History, Object
from ..objects.pods import has_readiness_signal
from ..objects.strategy import strategy_type
from .judging import Reason

UPDATE_IN_THE_BLOCK = "change the template in the block (set_image, patch of spec.template, restart)"
READY_BEFORE = "wait_ready() before the block"


def created_in_the_block(history: History, obj: Object, so: str) -> Reason | None:
    """The object was not there when the block began; `so` says what could not be shown therefore."""
    kind = str(obj["kind"])
    if obj["metadata"]["uid"] in history.before(kind):
        return None
    return Reason(f"the block created the {kind}: {so}", do="apply it before the block")


def no_new_revision(so: str = "nothing was rolled out") -> Reason:
    """The template at the block's end is the one that it had when the block began."""
    return Reason(f"the block made no new revision: the pod template is what it was, so {so}", do=UPDATE_IN_THE_BLOCK)


def no_readiness_signal(template: Object, so: str, *, when: str = "the pod can do its work") -> Reason | None:
    """No probe and no gate tells when a pod is ready, so that one counts as available as soon as its processes are started."""
    if has_readiness_signal(template):
        return None
    return Reason(
        f"the template has no readiness signal: {so}",
        change=f"spec.template.spec.containers[].readinessProbe: add one that answers when {when}",
    )


def on_delete(workload: Object) -> Reason | None:
    """The controller waits until somebody deletes the pods."""
    if strategy_type(workload) != "OnDelete":
        return None
    return Reason(
        "with updateStrategy OnDelete the controller replaces no pod", change="spec.updateStrategy.type: RollingUpdate (now OnDelete)"
    )


def there_before_the_block(history: History, obj: Object, so: str) -> Reason | None:
    """The object was there already when the block began; `so` says what could not be shown therefore."""
    kind = str(obj["kind"])
    if obj["metadata"]["uid"] not in history.before(kind):
        return None
    return Reason(f"the {kind} was there before the block: {so}", do="apply it in the block")


def not_deleted(pod: str, so: str) -> Reason:
    """The block did not delete the pod that it should have."""
    return Reason(f"{pod} was not deleted in the block, so {so}", do="delete() it in the block")


def keeps_no_revisions(workload: Object) -> Reason | None:
    """Only Deployments, StatefulSets and DaemonSets keep the templates that they had before."""
    kind = str(workload["kind"])
    if kind in ("Deployment", "StatefulSet", "DaemonSet"):
        return None
    return Reason(f"a {kind} keeps no revisions", change=f"kind: Deployment (now {kind})")


def new_version_not_tried(deployment: Object) -> Reason:
    """The template was changed, and no pod was created from it: a paused Deployment creates none."""
    why = "no pod of the new version was created, so it was not even tried"
    if deployment["spec"].get("paused"):
        return Reason(why, change="spec.paused: false (now true)", do="resume() the Deployment in the block")
    return Reason(why, do="let the Deployment keep its new template until a pod is created from it")


def nothing_placed() -> Reason:
    """No pod got its node in the window."""
    return Reason("no pod was placed in the block", do="scale up, update the template, or delete pods in the block")


def names_its_node(template: Object, path: str = "spec.template.spec") -> Reason | None:
    """Such a pod is never scheduled; `path` is where its spec is."""
    node = template["spec"].get("nodeName")
    if not node:
        return None
    return Reason(f"{path}.nodeName names the node, so the scheduler is not asked", change=f"{path}.nodeName: leave it out (now {node})")


def fewer_than_two_domains(key: str) -> Reason:
    """Among nodes of one domain every place is right."""
    return Reason(
        "there are fewer than two domains",
        do=f"use nodes with two or more values of the label {key}; the template's nodeSelector may exclude some",
    )
