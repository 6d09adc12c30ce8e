"""Compares an output folder with the definition of reference.py, one check after the other: see check_dedup.py."""

import functools
import json
import multiprocessing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Iterator

import corpus
import reference
from output_folder import OutputFolder


@dataclass
class Place:
    """Where a document stands, in the words of the lists."""

    shard: str
    line: int
    id: Any

    def entry(self) -> dict[str, Any]:
        """Returns the place as a list entry names a twin."""
        return {"shard": self.shard, "line": self.line, "id": self.id}


@dataclass
class CheckedDocument:
    """A document, and what became of it."""

    place: Place
    text: str
    fate: str = "kept"  # kept, removed or dropped
    sketch: reference.Sketch | None = None  # None if it cannot be compared


@dataclass
class CheckedShard:
    """A shard of the input, and what the output has of it."""

    shard: corpus.Shard
    source: corpus.ShardLines
    written: corpus.ShardLines
    documents: dict[int, CheckedDocument]  # by the number of the line
    bad_lines: list[corpus.Line]
    removed_entries: dict[int, dict[str, Any]]  # by the number of the line
    candidates: int = 0

    @property
    def name(self) -> str:
        """The shard's name."""
        return self.shard.name


@dataclass
class Check:
    """Compares one output folder with the definition and gathers the faults."""

    settings: reference.Settings
    fields: corpus.Fields
    on_bad_line: str
    output: OutputFolder
    processes: int = 1
    shards: list[CheckedShard] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What differs."""
        return self.output.faults

    @property
    def documents(self) -> list[CheckedDocument]:
        """All documents, in corpus order."""
        return [document for shard in self.shards for document in shard.documents.values()]

    def count(self, fate: str) -> int:
        """Returns how many documents had a fate."""
        return sum(document.fate == fate for document in self.documents)

    def run(self, shards: list[corpus.Shard]) -> None:
        """Runs all checks except that of the recall."""
        self.shards = [self._load(shard) for shard in shards]
        self._sketch()
        self._decide()
        for shard in self.shards:
            self._check_lines(shard)
            self._check_bad_lines(shard)
        self._check_report(self.output.report())
        self.output.find_strangers({shard.name for shard in shards})

    # Reading

    def _load(self, shard: corpus.Shard) -> CheckedShard:
        source = corpus.read_lines(shard.path)
        documents, bad_lines = {}, []
        for line in source.lines:
            try:
                found = self.fields.document(line.content)
            except corpus.BadLine as reason:
                bad_lines.append(line)
                if self.on_bad_line == "stop":
                    where = f"{shard.name}, line {line.number}"
                    self.faults.append(f"{where}: not a document ({reason}), and no run stopped")
            else:
                documents[line.number] = CheckedDocument(Place(shard.name, line.number, found.id), found.text)
        entries = self._removed_entries(shard.name, documents)
        for number in entries:
            documents[number].fate = "removed"
        for document in documents.values() if self.settings.sample_share < 1 else []:
            if not reference.is_sampled(corpus.id_text(document.place.id), document.text, self.settings):
                if document.fate == "removed":
                    self._add(document, "was removed as a duplicate, and is not in the sample")
                document.fate = "dropped"
        return CheckedShard(shard, source, self.output.shard(shard.name, shard.path), documents, bad_lines, entries)

    def _removed_entries(self, shard: str, documents: dict[int, CheckedDocument]) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        last = 0
        for entry in self.output.list("removed", shard):
            number = _whole(entry.get("line"))
            if number not in documents:
                self.faults.append(f"removed/{shard}: line {number} is not a document of the shard")
                continue
            if number <= last:
                self.faults.append(f"removed/{shard}: line {number} stands behind line {last}")
            last = number
            found[number] = entry
        return found

    def _sketch(self) -> None:
        comparable = [document for document in self.documents if reference.is_comparable(document.text)]
        texts = [document.text for document in comparable]
        sketch = functools.partial(reference.sketch, settings=self.settings)
        for document, result in zip(comparable, self._map(sketch, texts)):
            document.sketch = result
            if result.word_count < self.settings.min_words and document.fate == "kept":
                document.fate = "dropped"

    def _map(self, function: Any, texts: list[str]) -> Iterator[Any]:
        if self.processes == 1:
            yield from map(function, texts)
            return
        with multiprocessing.Pool(self.processes) as pool:
            yield from pool.imap(function, texts, chunksize=16)

    # Decisions

    def _decide(self) -> None:
        """Decides every document against those that the output kept, so that one wrong decision is one fault."""
        kept = reference.Deduplicator(self.settings)
        for shard in self.shards:
            for number, document in shard.documents.items():
                if document.sketch is None or document.fate == "dropped":
                    continue
                decision = kept.decide(document.sketch)
                shard.candidates += decision.candidates
                if document.fate == "removed":
                    self._check_entry(document, shard.removed_entries[number], decision.match)
                else:
                    if decision.match is not None:
                        self._add(document, f"was kept, and is a duplicate of {_shown(decision.match.twin.entry())}")
                    kept.keep(document.place, document.sketch)

    def _check_entry(self, document: CheckedDocument, entry: dict[str, Any], match: reference.Match | None) -> None:
        if match is None:
            if not self._has_unknown_twin(entry):
                self._add(document, "was removed, and no document kept before it is a twin")
            return
        expected = {
            "id": document.place.id,
            "twin": match.twin.entry(),
            "intersection": match.intersection,
            "union": match.union,
            "jaccard": match.intersection / match.union,
            "bands": match.bands,
        }
        found = {**entry, "twin": dict(entry.get("twin") or {})}
        for counted in (found, found["twin"]):
            numbers = [key for key in ("line", "intersection", "union") if key in counted]
            counted.update({key: _whole(counted[key]) for key in numbers})
        found["jaccard"] = _fraction(found.get("jaccard"))
        found["bands"] = [_whole(band) for band in found.get("bands") or []]
        if found["twin"] != expected["twin"] and self._has_unknown_twin(entry):
            return
        for key, value in expected.items():
            if found.get(key) != value:
                self._add(document, f"removed/ says {key} {_shown(found.get(key))}, expected is {_shown(value)}")

    def _has_unknown_twin(self, entry: dict[str, Any]) -> bool:
        """Returns whether the twin of an entry is a document that cannot be compared here."""
        twin = entry.get("twin") or {}
        shard = next((shard for shard in self.shards if shard.name == twin.get("shard")), None)
        document = shard and shard.documents.get(_whole(twin.get("line")))
        return document is not None and document.sketch is None

    def _add(self, document: CheckedDocument, what: str) -> None:
        self.faults.append(f"{document.place.shard}, line {document.place.line}: {what}")

    # Files

    def _check_lines(self, shard: CheckedShard) -> None:
        bad = {line.number for line in shard.bad_lines if self.on_bad_line != "keep"}
        kept = {number for number, document in shard.documents.items() if document.fate == "kept"}
        expected = [line for line in shard.source.lines if line.number not in bad]
        expected = [line for line in expected if line.number not in shard.documents or line.number in kept]
        found = [line.content for line in shard.written.lines]
        for line, content in zip(expected, found):
            if line.content != content:
                self.faults.append(f"{shard.name}: the output does not have line {line.number} where it should stand")
                return
        if len(found) != len(expected):
            self.faults.append(f"{shard.name}: the output has {len(found)} lines, expected are {len(expected)}")

    def _check_bad_lines(self, shard: CheckedShard) -> None:
        entries = self.output.list("bad", shard.name)
        found = [(_whole(entry.get("line")), _whole(entry.get("byte"))) for entry in entries]
        expected = [(line.number, line.byte) for line in shard.bad_lines]
        if found != expected:
            self.faults.append(f"bad/{shard.name}: {len(found)} entries, which are not its {len(expected)} bad lines")
        if not all(entry.get("reason") for entry in entries):
            self.faults.append(f"bad/{shard.name}: an entry without a reason")

    # The report

    def _check_report(self, report: dict[str, Any]) -> None:
        if not report:
            return
        self._check_parameters(report.get("parameters", {}))
        found = report.get("corpus", {})
        counts = [(shard, self._counts(shard)) for shard in self.shards]
        names = [shard.name for shard in self.shards]
        listed = {shard["name"]: shard for shard in found.get("shards", [])}
        if list(listed) != names:
            self.faults.append("report.json: the shards are not those of the input, in order")
        for shard, expected in counts:
            self._compare_counts(shard.name, listed.get(shard.name, {}), expected)
        for input_counts in found.get("inputs", []):
            own = [expected for shard, expected in counts if shard.shard.input_name == input_counts["name"]]
            self._compare_counts(f"input {input_counts['name']}", input_counts, _sum(own))
        self._compare_counts("corpus", found, _sum([expected for _, expected in counts]))

    def _counts(self, shard: CheckedShard) -> dict[str, int]:
        fates = [document.fate for document in shard.documents.values()]
        counts = {
            "read": len(shard.source.lines),
            "documents": len(shard.documents),
            "kept": fates.count("kept"),
            "removed": fates.count("removed"),
            "dropped": fates.count("dropped"),
            "bad": len(shard.bad_lines),
            "blankLines": shard.source.blank_lines,
            "bytes": shard.source.byte_count,
            "keptBytes": shard.written.byte_count,
        }
        if all(document.sketch for document in self.documents):
            counts["candidates"] = shard.candidates
        return counts

    def _compare_counts(self, what: str, found: dict[str, Any], expected: dict[str, int]) -> None:
        for key, value in expected.items():
            if found.get(key) != value:
                self.faults.append(f"report.json, {what}: {key} is {found.get(key)}, expected is {value}")

    def _check_parameters(self, found: dict[str, str]) -> None:
        settings = self.settings
        expected = {
            "normalization": settings.normalization,
            "match": settings.match,
            "shingle-unit": settings.shingle_unit,
            "shingle-size": str(settings.shingle_size),
            "bands": str(settings.bands),
            "rows": str(settings.rows),
            "threshold": str(Decimal(settings.thousandths) / 1000),
            "min-words": str(settings.min_words),
            "sample-share": repr(float(settings.sample_share)).removesuffix(".0"),
            "sample-seed": str(settings.sample_seed),
        }
        for name, value in expected.items():
            # A pipeline without a stage has none of its parameters.
            if name in found and found[name] != value:
                self.faults.append(f"report.json: the run had {name} {found[name]}, checked is {value}")


def _sum(counts: list[dict[str, int]]) -> dict[str, int]:
    keys = counts[0] if counts else {}
    return {key: sum(count[key] for count in counts) for key in keys}


def _whole(value: Any) -> int | None:
    """Returns a whole number of a list, or None for anything else."""
    try:
        return int(value.spelling)
    except (AttributeError, ValueError):
        return None


def _fraction(value: Any) -> float | None:
    return float(value.spelling) if isinstance(value, corpus.Number) else None


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
