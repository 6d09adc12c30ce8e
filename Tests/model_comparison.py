"""The checks of Tests/model_test.py that compare an output with fresh ones."""

import json
import os
import shutil

from model_support import Event, decompressed, differences, expect, figures, report, results

# The minimum quality of documents in a filtered corpus.
QUALITY = "0.4"


class Comparison:
    """The part of a World that compares its output with what a single command makes of the same documents."""

    def embed(self):
        """Compares the vectors of the output with fresh ones. If the runs embed, they have made the vectors already."""
        if not self.has("embed") or not self.events:
            return
        options = ["--model", self.tools.model, "--precision", "f32", "--on-bad-line", "keep"]
        if not self.pipeline:
            self.disturbed(0, "embed", "out", "--out", "vectors", *options, *self.settings())
        fresh = self.work / "fresh-vectors"
        self.must(0, "embed", "out", "--out", fresh, *options)
        for path in sorted(fresh.rglob("*")):
            if path.is_file() and path.name.endswith((".npy", ".ids.jsonl")):
                name = path.relative_to(fresh)
                expect(path.read_bytes() == (self.work / "vectors" / name).read_bytes(), "other vectors:", name)
                if path.name.endswith(".ids.jsonl"):
                    figures["vectors compared"] += path.read_bytes().count(b"\n")
        shutil.rmtree(fresh)
        self.say("embedded")

    def score(self):
        """Compares scores and the filtered corpus with fresh ones. If the runs score, they have made both already."""
        if not self.has("score") or not self.events:
            return
        options = ["--model", self.tools.model, "--precision", "f32", "--head", self.tools.head, "--min-quality", QUALITY,
                   "--on-bad-line", "keep"]
        if not self.pipeline:
            self.disturbed(0, "score", "out", *options, "--out", "good", *self.settings())
        # Copies the shards only, without the scores and other files in .dedup.
        fresh = self.work / "fresh"
        for name in results(self.out):
            if not name.startswith(".dedup/"):
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.out / name, fresh / name)
        self.must(0, "score", fresh, *options, "--out", "fresh-good")
        own, other = ({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.jsonl.zst")}
                      for folder in (self.out / ".dedup/scores", fresh / ".dedup/scores"))
        different = differences(own, other)
        expect(not different, "other scores:", different[:5])
        different = differences(results(self.work / "good"), results(self.work / "fresh-good"))
        expect(not different, "another filtered corpus:", different[:5])
        if self.has("verify"):
            self.must(0, "verify", "good")
        figures["scores compared"] += sum(shard.documents for shard in self.taken)
        shutil.rmtree(fresh)
        shutil.rmtree(self.work / "fresh-good")
        self.say("scored")

    def chunks(self):
        """Returns the runs that a fresh output needs. Consecutive events become one run if it keeps their order."""
        chunks = []
        for event in self.events:
            if chunks:
                last = chunks[-1]
                inputs = last.inputs + [input for input in event.inputs if input not in last.inputs]
                shards = last.shards + event.shards
                rank = {input: number for number, input in enumerate(inputs)}
                order = [(rank[shard.input], os.fsencode(shard.path)) for shard in shards]
                policies = {last.policy, event.policy} - {None}
                # If the first run had a single input, that input has no label; in a run with other inputs it would get
                # one.
                is_alone = len(chunks) == 1 and None in self.labels.values() and len(inputs) > 1
                if order == sorted(order) and len(policies) < 2 and last.others == event.others and not is_alone:
                    chunks[-1] = Event(inputs, shards, policies.pop() if policies else None, event.others)
                    continue
            chunks.append(Event(list(event.inputs), list(event.shards), event.policy, event.others))
        return chunks

    def compare(self):
        if not self.events:
            return
        expected = results(self.out)
        counted = report(self.out)["corpus"]
        self.compare_with_few_runs(expected, counted)
        self.compare_with_one_run(expected, counted)
        figures["comparisons"] += 1
        figures["shards compared"] += len(self.taken)
        self.say(f"compared {len(self.taken)} shards")

    def compare_with_few_runs(self, expected, counted):
        folder = self.work / "replay"
        others = None
        for chunk in self.chunks():
            for shard in chunk.shards:
                target = folder / shard.input / shard.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(shard.file.data)
            arguments = [*(folder / input for input in chunk.inputs), "--out", "fresh", *self.parameters]
            if chunk.policy:
                arguments += ["--on-bad-line", chunk.policy]
            if others not in (None, chunk.others):
                arguments.append("--against-changed")
            others = chunk.others
            self.must(0, "run", *arguments, *self.against(others))
        fresh = self.work / "fresh"
        different = differences(expected, results(fresh))
        expect(not different, "other bytes than a fresh output:", different[:5])
        again = report(fresh)["corpus"]
        expect(again == counted, "report.json counts otherwise than a fresh output:", again, counted)
        shutil.rmtree(fresh)
        shutil.rmtree(folder)

    def compare_with_one_run(self, expected, counted):
        policies = {event.policy for event in self.events} - {None}
        if len(policies) > 1 or any(event.others != self.others for event in self.events):
            return
        folder = self.work / "single"
        names, arguments = {}, []
        for number, shard in enumerate(self.taken):
            label = f"{number:04}"
            target = folder / label / shard.path
            target.parent.mkdir(parents=True)
            target.write_bytes(shard.file.data)
            names[f"{label}/{shard.path}"] = shard.name
            arguments.append(f"{label}={folder / label}")
        if policies:
            arguments += ["--on-bad-line", policies.pop()]
        self.must(0, "run", *arguments, "--out", "fresh", *self.parameters, *self.against(self.others))
        fresh = self.work / "fresh"
        for number, (label, name) in enumerate(names.items()):
            expect((fresh / label).read_bytes() == expected[name], "other bytes than one run:", name)
            for kind in ("removed", "bad"):
                own = self.out / f".dedup/{kind}/{name}.jsonl.zst"
                other = fresh / f".dedup/{kind}/{label}.jsonl.zst"
                expect(own.exists() == other.exists(), "a list that one run has not, or has alone:", kind, name)
                if own.exists():
                    lists = [[json.loads(line) for line in decompressed(path).splitlines()] for path in (own, other)]
                    for entry in lists[1]:
                        if kind == "removed" and "against" not in entry["twin"]:
                            entry["twin"]["shard"] = names[entry["twin"]["shard"]]
                    expect(lists[0] == lists[1], "another list than one run:", kind, name)
        for shard, other in zip(counted["shards"], report(fresh)["corpus"]["shards"], strict=True):
            for key in shard.keys() - {"name", "input"}:
                expect(shard[key] == other[key], "one run counts otherwise:", shard["name"], key, other[key], shard[key])
        shutil.rmtree(fresh)
        shutil.rmtree(folder)
