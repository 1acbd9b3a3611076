"""Texts of failures without what no two runs have in common, for comparison with those that are committed."""

from __future__ import annotations

import re
from collections.abc import Callable

Pinned = Callable[[BaseException], None]  # what the fixture `pinned` is: it compares an error's text with the committed one

# In this order: a longer name must be replaced before the shorter one that it contains.
VARIABLE = (
    (re.compile(r"kubectl --kubeconfig \S+"), "kubectl --kubeconfig KUBECONFIG"),
    (re.compile(r"\bkw-[0-9a-z]+(?:-[0-9a-z]+)*\b"), "NAMESPACE"),
    (re.compile(r"NAMESPACE(?:, | or )(?=(?:NAMESPACE|shared)\b)"), ""),  # StorageClasses of tests that run beside this one
    (re.compile(r"\bpvc-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "VOLUME"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UID"),
    (re.compile(r"-[0-9a-z]{8,10}-[0-9bcdfghjklmnpqrstvwxz]{5}(?![0-9a-z])"), "-HASH-POD"),
    (re.compile(r"\b(web|agent|sum)-(?=[0-9bcdfghjklmnpqrstvwxz]{5}\b)[0-9a-z]{5}\b"), r"\1-POD"),
    (re.compile(r"\b(web|db|agent)-[2456789bcdfghjklmnpqrstvwxz]{8,10}\b"), r"\1-HASH"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:]+Z"), "MOMENT"),
    (re.compile(r"\b\d+(?:\.\d+)? m?s\b"), "TIME"),
    (re.compile(r"\(combined from similar events\): "), ""),  # from the tenth on
    (re.compile(r"\bused: pods=\d+"), "used: pods=N"),  # a quota learns of a pod's end a moment later
    (re.compile(r"\b\d+ changes seen"), "N changes seen"),
    (re.compile(r"requests: \d+ · lost: \d+ · pods that came or went: \d+"), "requests: N · lost: N · pods that came or went: N"),
    (re.compile(r"\b\d+ of \d+ requests were lost"), "N of N requests were lost"),
    (re.compile(r"(an available pod|a second pod): node-\d+(?:, node-\d+)*"), r"\1: NODES"),
    (re.compile(r"\btick-\d{8}\b"), "tick-MINUTE"),
    # How many nodes there are is the cluster's affair.
    (re.compile(r"0/\d+ nodes are"), "0/N nodes are"),
    (re.compile(r"\b\d+ (node\(s\)|Preemption)"), r"N \1"),
    (re.compile(r"domains: node-\d+(?:, node-\d+)*"), "domains: NODES"),
    (re.compile(r"(placed on node-\d+): node-.*"), r"\1: COUNTS"),
    (re.compile(r"(assigned \S+ to) node-\d+"), r"\1 NODE"),
    (re.compile(r"\b\d+ pods? on its node"), "N pods on its node"),  # where the scheduler puts them
    (re.compile(r"(pods on|was given to|\bdb-\d on) node-\d+(?:, node-\d+)*"), r"\1 NODES"),
    # How far a new pod is when the next one comes is a race between the kubelet and us.
    (re.compile(r"(?:phase Pending|container \w+: ContainerCreating|container \w+: not ready yet.*)$", re.MULTILINE), "STARTING"),
)


CHART_ROW = re.compile(r"^(    \S.*?) {2,}[█▓░▁x·]{8,}$")
COUNTS_ROW = re.compile(r"^(    (?:(?:old )?available|healthy) +bound \d+) +[\d+-]{8,}$")


def normalised(text: str) -> str:
    """The text with everything replaced that no two runs have in common."""
    for pattern, replacement in VARIABLE:
        text = pattern.sub(replacement, text)
    lines: list[str] = []
    rows: list[str] = []
    for line in text.splitlines():
        row = CHART_ROW.match(line)
        if row is not None:
            # How far a new pod was at the moment of the breach is a race between the scheduler and us.
            rows.append(" ".join(row[1].split()).replace("not created yet", "STARTING").replace("pending", "STARTING"))
            continue
        lines += [f"    {one}" for one in sorted(rows)]
        rows.clear()
        counts = COUNTS_ROW.match(line)
        lines.append(" ".join(["   ", *counts[1].split(), "COUNTS"]) if counts else line.rstrip())
    return "".join(f"{line}\n" for line in lines)
