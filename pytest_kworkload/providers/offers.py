"""Where a test can run: what each provider has with the present settings, without a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..settings import Settings
from .provider import Provider
from .survey import Survey, Surveyed


@dataclass(frozen=True, slots=True)
class Offer:
    """What a provider has, what a look at its cluster will tell, and what other settings would give it.

    `fixed`: the cluster has the nodes that it has.
    """

    name: str
    has: frozenset[str]
    maybe: frozenset[str] = frozenset()
    fixed: bool = False
    withheld: Mapping[str, str] = field(default_factory=dict)

    @property
    def capabilities(self) -> frozenset[str]:
        """What it is not known to lack."""
        return self.has | self.maybe

    def lacks(self, needs: tuple[str, ...]) -> list[str]:
        return [need for need in needs if need not in self.capabilities]

    def conditions(self, nodes: int, needs: tuple[str, ...]) -> list[str]:
        """The conditions for a test to run that nobody can check yet."""
        wide = [f"{nodes} nodes"] if self.fixed and nodes > 1 else []
        return wide + [need for need in needs if need in self.maybe]


def offers(known: Mapping[str, Provider], settings: Settings) -> dict[str, Offer]:
    """The offer of every provider; what the user declares applies to the chosen one."""
    return {name: _offer(one, settings.have if name == settings.provider else ()) for name, one in known.items()}


def _offer(provider: Provider, have: tuple[str, ...]) -> Offer:
    has = provider.capabilities | frozenset(have)
    if isinstance(provider, Surveyed):
        return Offer(provider.name, has, provider.detected - has, fixed=True, withheld=provider.withheld)
    return Offer(provider.name, has)


def missing(survey: Survey, nodes: int, needs: Iterable[str], every: Iterable[Offer]) -> str | None:
    """Why a test with these needs is skipped on this cluster, and which provider has them; None if it can run."""
    lacking = [need for need in needs if need in survey.lacks]
    reasons = [f"{need}: {survey.lacks[need]}" for need in lacking]
    narrow = nodes > 1 and (survey.nodes is None or survey.nodes < nodes)
    if narrow:
        reasons.append(f"{nodes} nodes: {survey.lacks['nodes:read'] if survey.nodes is None else f'it has {survey.nodes}'}")
    if not reasons:
        return None
    able = sorted(one.name for one in every if one.has.issuperset(lacking) and not (narrow and one.fixed))
    who = f"--kworkload-provider={' or '.join(able)} has it" if able else "no provider is known to have it"
    return f"{survey.where} lacks what the test needs ({'; '.join(reasons)}); {who}"
