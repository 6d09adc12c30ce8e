"""Reads an output folder of `dedup run`: shards, lists and the report."""

import json
import pathlib
from dataclasses import dataclass, field
from typing import Any

import corpus

LIST_SUFFIX = ".jsonl.zst"


@dataclass
class OutputFolder:
    """An output folder. What cannot be read in it becomes a fault, and counts as empty."""

    path: pathlib.Path
    faults: list[str] = field(default_factory=list)

    def shard(self, name: str, source: pathlib.Path) -> corpus.ShardLines:
        """Returns the lines of an output shard, which has to be compressed as its source is."""
        path = self.path / name
        if not path.is_file():
            self.faults.append(f"{name}: the output has no such shard")
            return corpus.ShardLines([], 0, 0)
        kinds = [corpus.compression(file.read_bytes()) for file in (source, path)]
        if kinds[0] != kinds[1]:
            self.faults.append(f"{name}: the compression is {kinds[1]}, and that of the input {kinds[0]}")
        return self._read(path)

    def list(self, kind: str, shard: str) -> list[dict[str, Any]]:
        """Returns the entries of a shard's list of removed documents or bad lines; an empty list may be absent.

        Numbers are `corpus.Number`s, as in the ids of documents.
        """
        path = self.path / ".dedup" / kind / (shard + LIST_SUFFIX)
        if not path.is_file():
            return []
        try:
            return [corpus.parse_json(line.content) for line in self._read(path).lines]
        except ValueError as error:
            self.faults.append(f"{kind}/{shard}{LIST_SUFFIX}: not JSON Lines: {error}")
            return []

    def report(self) -> dict[str, Any]:
        """Returns report.json."""
        path = self.path / ".dedup" / "report.json"
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            self.faults.append(f"report.json: cannot be read: {error}")
            return {}

    def find_strangers(self, shards: set[str]) -> None:
        """Finds shards and lists that belong to no shard of the input."""
        for path in sorted(self.path.rglob("*")):
            parts = path.relative_to(self.path).parts
            name = "/".join(parts)
            if not path.is_file():
                continue
            if parts[0] == ".dedup" and parts[1] in ("removed", "bad"):
                if "/".join(parts[2:]).removesuffix(LIST_SUFFIX) not in shards:
                    self.faults.append(f"{name}: a list of no shard of the input")
            elif not any(part.startswith(".") for part in parts) and name not in shards:
                self.faults.append(f"{name}: in the output, and no shard of the input")

    def _read(self, path: pathlib.Path) -> corpus.ShardLines:
        try:
            return corpus.read_lines(path)
        except corpus.CorpusError as error:
            self.faults.append(str(error))
            return corpus.ShardLines([], 0, 0)
