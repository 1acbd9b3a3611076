"""What can go wrong, in three parts each: what we saw, why that is wrong, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self


class KworkloadError(Exception):
    """Something is wrong with the set-up, the input or the cluster; nothing was proven or disproven.

    `saw`, `why` and `do` are the three parts of the text; the last two may be empty.
    """

    def __init__(self, saw: str, why: str = "", do: str = "") -> None:
        self.saw, self.why, self.do = saw, why, do
        super().__init__(saw)

    def __str__(self) -> str:
        parts = [self.saw]
        if self.why:
            parts.append(f"  why: {_hang(self.why)}")
        if self.do:
            parts.append(f"  do:  {_hang(self.do)}")
        return "\n".join(parts)


def _hang(text: str) -> str:
    return text.strip().replace("\n", "\n       ")


class SettingsError(KworkloadError):
    """An option, a marker or a setting has a value that it must not have."""


class ManifestError(KworkloadError):
    """A manifest cannot be read, or lacks what every object has."""


class ClusterError(KworkloadError):
    """A cluster cannot be started or reached, or it died."""


class NotFound(KworkloadError):
    """What was asked for does not exist; the text lists what does."""

    @classmethod
    def among(cls, kind: str, name: str | None, where: str, there: Sequence[str]) -> Self:
        """For a name that does not exist; without a name, for none or several where there should be one."""
        if name is None and there:
            return cls(f"{len(there)} objects of kind {kind} in {where}", f"they are {', '.join(sorted(there))}", "name one of them")
        return cls(
            f"no {kind} {name} in {where}" if name is not None else f"no {kind} in {where}",
            f"it has {', '.join(sorted(there))}" if there else f"there is no {kind} at all",
            "check the name, or first apply the manifest that creates it",
        )


class ApiError(KworkloadError):
    """The API server refused a request.

    `status` is the HTTP status (0: the server did not answer), `reason` Kubernetes' own word for it, `fields` the fields
    that it complains about, `retry_after` how many seconds the server asks to wait.
    """

    def __init__(
        self,
        saw: str,
        why: str = "",
        do: str = "",
        *,
        status: int,
        reason: str = "",
        message: str = "",
        fields: tuple[str, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(saw, why, do)
        self.status, self.reason, self.message = status, reason, message
        self.fields, self.retry_after = fields, retry_after


class Unproven(AssertionError):
    """A guarantee was not shown to hold. Its kinds: broken, undecided, or not reached in time.

    `finding` is the guarantees.finding.Finding behind it, if there is one.
    """

    finding: Any = None


class GuaranteeViolated(Unproven):
    """The history shows that the guarantee was broken, or that the test could not have shown it (vacuous)."""


class Inconclusive(Unproven):
    """The history has a gap, so nothing can be said: a failure, never a pass."""


class WaitTimeout(Unproven):
    """What was waited for did not happen in time, or can no longer happen."""


for _error in [one for one in vars().values() if isinstance(one, type) and issubclass(one, Exception)]:
    _error.__module__ = "pytest_kworkload"  # where users import it from, so that a report shows that
