"""An API server that answers as a recorded one did, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ..server import Answer, ApiServer, Request, Streamed, status
from .tape import Exchange


class Player(ApiServer):
    """Equal questions get their answers in the order of the recording, the last one again and again."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        super().__init__()
        self._exchanges: defaultdict[tuple[str, str, str, str], list[Exchange]] = defaultdict(list)
        for one in exchanges:
            self._exchanges[one.question].append(one)
        self.unknown: list[str] = []  # questions that nobody asked when the recording was made

    def _next(self, request: Request) -> Any:
        question = (request.method, request.target, request.headers["Accept"], request.body.decode())
        answers = self._exchanges.get(question)
        if not answers:
            self.unknown.append(f"{request.line} {request.body.decode()}".strip())
            return Answer(status(501, "NotRecorded", "the client asks otherwise now; recorded/README.md says how to record anew"), 501)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if "watch=true" in request.target and answer.status == 200:
            streamed = Streamed()
            streamed.send(*answer.body.encode().splitlines(keepends=True))
            streamed.end()
            return streamed
        return Answer(answer.body.encode(), answer.status, answer.headers)
