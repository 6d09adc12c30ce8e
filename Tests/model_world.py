"""One sequence of Tests/model_test.py: its inputs, its output, its steps, and the expected results."""

import json
import os
import pathlib
import random
import shutil
import sqlite3
import tempfile

from model_comparison import QUALITY, Comparison
from model_inputs import Inputs
from model_support import Event, File, Taken, Texts, compressed, expect, figures, report, results
from model_verification import Verification


class World(Inputs, Comparison, Verification):
    """One sequence: inputs, an output, and the model of what the output must contain."""

    def __init__(self, arguments, number, tools):
        self.seed = f"{arguments.seed}/{number}"
        self.generator = random.Random(self.seed)
        # A generator of its own for what depends on the machine's speed, so that the other random numbers do not vary.
        self.kills = random.Random(self.seed + " kills")
        self.without = arguments.without
        self.dedup = arguments.dedup
        self.tools = tools
        self.work = tools.folder / f"sequence-{number}"
        self.work.mkdir()
        self.out = self.work / "out"
        self.texts = Texts(self.generator)
        # The files in the inputs, by input and relative path.
        self.disk = {}
        self.inputs = ["in", "more", "x-tra"]
        # What the output was made from: the labels of its inputs, and one event for each run that took in shards.
        self.labels = {}
        self.events = []
        self.others = []
        self.states_of_others = 0
        self.ever_taken = set()
        # Whether the last run was killed and has not been run again.
        self.is_stopped = False
        self.parameters = self.generator.choice(
            [[], [], ["--min-words", "3"], ["--bands", "20", "--rows", "5"], ["--match", "exact"],
             ["--shingle-unit", "char", "--threshold", "0.8"]])
        # In some sequences every run also embeds, scores and filters.
        self.pipeline = []
        if {"embed", "score"}.isdisjoint(self.without) and self.generator.random() < 0.25:
            self.pipeline = ["--pipeline", tools.pipeline, "--embeddings", "vectors", "--filtered", "good",
                             "--min-quality", QUALITY, "--model", tools.model, "--head", tools.head]
        for name in self.inputs:
            (self.work / "inputs" / name).mkdir(parents=True)

    # Runs

    def argument(self, input):
        """Returns one of the ways to write an input on the command line."""
        forms = [f"inputs/{input}", f"./inputs/{input}/", self.work / "inputs" / input]
        # A known input keeps its label. An input that had no label gets none, even if one is given.
        if self.labels.get(input) is not None or (input in self.labels and self.has("renamed")):
            forms.append(f"{input}=inputs/../inputs/{input}")
        return self.generator.choice(forms)

    def against(self, others):
        forms = []
        for other in others:
            spellings = [other, f"./{other}/", self.work / other] if self.has("names") else [other]
            forms.append(self.generator.choice(spellings))
        return [part for form in forms for part in ("--against", form)]

    def new_shards(self, inputs):
        known = {(shard.input, shard.path) for shard in self.taken}
        for input in inputs:
            for path in sorted((path for key, path in self.disk if key == input), key=os.fsencode):
                if (input, path) not in known:
                    yield input, path, self.disk[input, path]

    def has_shards(self, input):
        """Whether an input can be used in a run: a new input must have a shard that can be taken in."""
        if input in self.labels and any(shard.input == input for shard in self.taken):
            return True
        return any(file.sound is None for key, file in self.disk.items() if key[0] == input)

    def labels_with(self, inputs):
        """Returns the labels of all inputs after a run over these inputs."""
        labels = dict(self.labels) if self.events else {}
        is_first = not labels and len(inputs) == 1
        for input in inputs:
            labels.setdefault(input, None if is_first else input)
        return labels

    def choose_inputs(self):
        possible = [input for input in self.inputs if self.has_shards(input)]
        if not possible:
            return []
        chosen = [input for input in possible if self.generator.random() < 0.7] or [self.generator.choice(possible)]
        if self.generator.random() < 0.3:
            self.generator.shuffle(chosen)
        return chosen

    def run(self):
        inputs = self.choose_inputs()
        if not inputs:
            return
        policy = self.policy("stop", "keep", "drop")
        skips = self.has("skip") and self.generator.random() < 0.7
        if not self.take_in(inputs, policy, skips):
            # The run stopped at a bad line or a damaged shard. The next run must get past it.
            self.comes_through(inputs)

    def comes_through(self, inputs, *options, **how):
        """Makes a run that only a kill can stop."""
        policy = self.policy("keep", "drop")
        expect(self.take_in(inputs, policy, self.has("skip"), *options, **how), "it stopped at nothing")

    def policy(self, *policies):
        """Chooses a policy for bad lines. If runs also embed, only with "keep" does embedding accept kept bad lines."""
        return "keep" if self.pipeline else self.generator.choice(policies)

    def take_in(self, inputs, policy, skips, *options, replaces=False, comes_to_end=False):
        """Makes a run and checks it against the model. Returns whether only a kill, or nothing, stopped it.

        comes_to_end: whether it is repeated until it is not killed, as a run that replaces the output always is.
        """
        if replaces:
            self.events, self.labels = [], {}
        labels = self.labels_with(inputs)
        shards, skipped, stops_at = [], [], None
        for input, path, file in self.new_shards(inputs):
            name = path if labels[input] is None else f"{labels[input]}/{path}"
            if file.sound is not None and skips:
                skipped.append(name)
            elif file.sound is not None or (file.bad and policy == "stop"):
                stops_at = name
                break
            else:
                shards.append(Taken(input, path, name, file))
        arguments = ["run", *map(self.argument, inputs), "--out", "out", *self.parameters, *options]
        if policy != "stop":
            arguments += ["--on-bad-line", policy]
        if skips:
            arguments += ["--on-bad-shard", "skip"]
        arguments += self.against(self.others) + self.pipeline
        if replaces:
            arguments.append("--force")
        # If a replacement is killed, the old output stays. Only the output of its last repetition is compared.
        gone = [shard.file.data for shard in self.taken
                if shard.documents and shard.input in inputs and (shard.input, shard.path) not in self.disk]
        kills = figures["kills"]

        def may_stop():
            # A fresh run could not have an input of which no shard was taken in, so the run must not be left in this
            # state.
            if replaces or comes_to_end:
                return False
            done = self.done_shards()
            names = [shard.name for shard in self.taken + shards]
            expect(done == names[:len(done)], "a run that was killed took in", done)
            taken = {shard.input for shard in (self.taken + shards)[:len(done)]}
            return bool(done) and taken.issuperset(inputs)

        done = self.disturbed(1 if stops_at else 0, *arguments, *self.settings(), may_stop=may_stop)
        figures["runs"] += 1
        self.is_stopped = done is None
        if done is None:
            shards = shards[:len(self.done_shards()) - len(self.taken)]
            self.labels = labels
            if shards:
                policy = policy if any(shard.file.bad for shard in shards) else None
                self.events.append(Event(inputs, shards, policy, list(self.others)))
            figures["left as killed"] += 1
            self.say(f"run over {', '.join(inputs)}: killed after {len(shards)} new shards")
            return True
        if stops_at:
            expect(stops_at in done.stderr, "the error does not name", stops_at, ":", done.stderr)
        uses_policy = any(shard.file.bad for shard in shards)
        if shards or self.events:
            self.labels = labels
        if shards:
            self.events.append(Event(inputs, shards, policy if uses_policy else None, list(self.others)))
        self.check_report(stops_at, skipped)
        # The report does not have the renamed shards that a run noticed before it was killed.
        if self.has("renamed") and figures["kills"] == kills:
            renamed = report(self.out)["run"].get("renamedShards", []) if self.events else []
            noticed = {shard["name"] for shard in renamed}
            for shard in shards:
                expect(shard.file.data not in gone or shard.name in noticed, "not noticed as renamed:", shard.name)
                figures["renamed"] += shard.file.data in gone
        self.say(f"run over {', '.join(inputs)}: {len(shards)} new shards"
                 + (f", {len(skipped)} skipped" if skipped else "")
                 + (f", stopped at {stops_at}" if stops_at else ""))
        return stops_at is None

    def done_shards(self):
        """Returns the names of the shards that are done according to the catalog."""
        catalog = self.out / ".dedup/catalog.sqlite"
        with tempfile.TemporaryDirectory() as folder:
            for ending in ("", "-wal"):
                if pathlib.Path(f"{catalog}{ending}").exists():
                    shutil.copy(f"{catalog}{ending}", folder)
            try:
                database = sqlite3.connect(pathlib.Path(folder) / catalog.name)
                try:
                    return [name for name, in database.execute("SELECT name FROM shard WHERE is_done ORDER BY ordinal")]
                finally:
                    database.close()
            except sqlite3.OperationalError:
                return []

    def finish(self):
        """If the last run was killed and left so, makes a run that comes to its end."""
        if not self.is_stopped:
            return
        self.comes_through([input for input in self.inputs if self.has_shards(input)], comes_to_end=True)

    def check_report(self, stops_at, skipped):
        if stops_at and not self.events:
            return
        found = report(self.out)
        names = [shard["name"] for shard in found["corpus"]["shards"]]
        expect(names == [shard.name for shard in self.taken], "other shards, or in another order: ", names,
               [shard.name for shard in self.taken])
        expect(found["run"]["outcome"] == ("failed" if stops_at else "done"), "outcome", found["run"]["outcome"])
        for taken, shard in zip(self.taken, found["corpus"]["shards"]):
            expect(shard["bad"] == taken.file.bad, taken.name, "bad lines:", shard["bad"], "not", taken.file.bad)
            taken.documents = shard["kept"] + shard["removed"] + shard["dropped"]
        text = json.dumps(found["run"], ensure_ascii=False)
        for name in skipped:
            expect(name in text, "skipped, but not under \"run\":", name)
            remains = [f"out/{name}", f"good/{name}"] + [
                f"out/.dedup/{kind}/{name}.jsonl.zst" for kind in ("removed", "bad", "scores")]
            # The vectors of an output stay when it is made anew.
            if name not in self.ever_taken:
                remains += [f"vectors/{name}.npy", f"vectors/{name}.ids.jsonl"]
            for path in remains:
                expect(not (self.work / path).exists(), "skipped, but there is", path)
        self.ever_taken.update(names)
        temporary = self.out / ".dedup/tmp"
        expect(not temporary.exists() or not any(temporary.iterdir()), "files under temporary names are left")

    def force(self):
        """Makes the output anew from the present inputs."""
        sound = {key[0] for key, file in self.disk.items() if file.sound is None}
        inputs = [input for input in self.choose_inputs() if input in sound]
        if not inputs:
            return
        # Other outputs were made with the same parameters, so these change only if there are no other outputs.
        if self.generator.random() < 0.3 and not self.others:
            self.parameters = self.generator.choice([[], ["--min-words", "5"], ["--rows", "5", "--bands", "20"]])
        self.say("anew, with", *self.parameters)
        self.comes_through(inputs, replaces=True)

    # Runs that are refused

    def refused(self, code, naming, *arguments):
        before = results(self.out)
        done = self.must(code, "run", *arguments, "--out", "out", *self.against(self.others), *self.settings())
        expect(naming in done.stderr, "the error does not name", naming, ":", done.stderr)
        expect(len(done.stderr.splitlines()) == 1, "not one line:", done.stderr)
        expect(results(self.out) == before, "a run that was refused changed the output")
        figures["refusals"] += 1
        return done

    def replace(self):
        """Replaces the content of a shard that was taken in; the run must be refused."""
        key = self.some(taken=True)
        if not key:
            return
        shard = next(shard for shard in self.taken if (shard.input, shard.path) == key)
        file = self.disk[key]
        status = self.path(*key).stat()
        options = []
        if file.data and self.generator.random() < 0.5:
            # The size and the time stay the same, so only reading the shard shows the change.
            other = bytearray(file.data)
            other[self.generator.randrange(len(other))] ^= 1
            self.write(*key, File(bytes(other), 0))
            os.utime(self.path(*key), ns=(status.st_atime_ns, status.st_mtime_ns))
            options = ["--verify-inputs"]
        else:
            other = self.new_file(key[1], bad=0).data
            if other == file.data:
                return
            self.write(*key, File(other, 0))
        self.say("replaced", shard.name)
        self.refused(1, shard.name, self.argument(shard.input), *self.parameters, *options)
        self.write(*key, file)
        os.utime(self.path(*key), ns=(status.st_atime_ns, status.st_mtime_ns))

    def append(self):
        """Appends lines to a shard that was taken in; the run must be refused or, with --appended, take them in."""
        last = self.taken[-1] if self.taken else None
        key = self.some(lambda file: file.sound is None and file.ends_with_newline, taken=True)
        if last and (last.input, last.path) in self.disk and self.generator.random() < 0.7:
            key = (last.input, last.path)
        if not key or not self.disk[key].ends_with_newline or not self.disk[key].data:
            return
        shard = next(shard for shard in self.taken if (shard.input, shard.path) == key)
        file = self.disk[key]
        more = b"".join(self.texts.line() + b"\n" for _ in range(self.generator.choice([1, 5, 40])))
        grown = File(file.data + compressed(more, key[1], self.generator), file.bad)
        self.write(*key, grown)
        self.say("appended to", shard.name)
        self.refused(1, shard.name, self.argument(shard.input), *self.parameters)
        if self.has("appended"):
            if shard is last and not any(self.new_shards([shard.input])):
                arguments = ["run", self.argument(shard.input), "--out", "out", *self.parameters, "--appended"]
                policy = self.events[-1].policy
                if policy:
                    arguments += ["--on-bad-line", policy]
                elif self.pipeline:
                    arguments += ["--on-bad-line", "keep"]
                self.disturbed(0, *arguments, *self.against(self.others), *self.pipeline, *self.settings())
                figures["runs"] += 1
                figures["appended"] += 1
                shard.file = grown
                self.check_report(None, [])
                return
            if shard is not last:
                self.refused(1, shard.name, self.argument(shard.input), *self.parameters, "--appended")
        self.write(*key, file)

    def strict(self):
        """Makes a run that must be refused: with other parameters, or with --strict-inputs if a shard is gone."""
        if not self.events:
            return
        named = [input for input in self.labels if any(shard.input == input for shard in self.taken)]
        gone = [shard for shard in self.taken if (shard.input, shard.path) not in self.disk]
        if gone and self.generator.random() < 0.5:
            shard = gone[0]
            self.refused(1, shard.name, self.argument(shard.input), *self.parameters, "--strict-inputs")
        else:
            self.refused(2, "text-field", self.argument(named[0]), *self.parameters, "--text-field", "body")
        self.say("refused")

    def dry_run(self):
        inputs = self.choose_inputs()
        new = list(self.new_shards(inputs))
        if not inputs or any(file.sound is not None for _, _, file in new):
            return
        before = results(self.out) if self.events else {}
        policy = self.policy("keep", "drop")
        arguments = [*map(self.argument, inputs), "--out", "out", *self.parameters, "--on-bad-line", policy,
                     *self.against(self.others)]
        done = self.must(0, "run", *arguments, "--dry-run", *self.settings())
        expect(not self.events or results(self.out) == before, "a dry run changed the output")
        expect(self.take_in(inputs, policy, False, comes_to_end=True), "a run stopped after a dry run that did not")
        expect(json.loads(done.stdout)["corpus"] == report(self.out)["corpus"], "a dry run counted something else")
        self.say("counted before it ran")

    # Other commands

    def compact(self):
        if self.events:
            self.disturbed(0, "index", "compact", "out")
            if not self.is_stopped:
                self.must(0, *self.verify_command())
            self.say("compacted")

    # Other outputs

    def make_others(self):
        """Makes other outputs, with which documents are compared. Two of them have the same base name."""
        if self.generator.random() > 0.3:
            return
        for number in range(self.generator.randint(1, 2)):
            path = f"others/{number}/old"
            folder = self.work / "other-inputs" / str(number)
            folder.mkdir(parents=True)
            for shard in range(self.generator.randint(1, 3)):
                file = self.new_file("s.jsonl", bad=0)
                (folder / f"s{shard}.jsonl").write_bytes(file.data)
            self.must(0, "run", folder, "--out", path, *self.parameters, *self.settings())
            self.others.append(path)
        self.say("other outputs:", *self.others)

    def grow_another(self):
        """Adds documents to another output. A run must be refused then, unless it has --against-changed."""
        if not self.others or not self.events or not self.has("names"):
            return
        # Earlier shards were compared with the old state of that output. So it stays, and a copy of it grows.
        number = self.generator.randrange(len(self.others))
        self.states_of_others += 1
        path = f"others/state-{self.states_of_others}/old"
        shutil.copytree(self.work / self.others[number], self.work / path, copy_function=shutil.copy2)
        folder = self.work / "other-inputs" / str(number)
        folder = shutil.copytree(folder, self.work / "other-inputs" / f"state-{self.states_of_others}" / folder.name)
        file = self.new_file("s.jsonl", bad=0)
        (folder / f"t{self.states_of_others}.jsonl").write_bytes(file.data + b'\n{"text": "one more"}\n')
        # The input folder of the other output has the same base name as before.
        self.must(0, "run", folder, "--out", path, *self.parameters, *self.settings())
        self.others[number] = path
        named = [input for input in self.labels if any(shard.input == input for shard in self.taken)]
        self.refused(2, "--against", self.argument(named[0]), *self.parameters)
        self.say("another output grew:", path)
        self.comes_through(self.choose_inputs() or named[:1], "--against-changed", comes_to_end=True)

    # Sequences

    STEPS = {
        "add": 6, "run": 7, "remove": 1, "restore": 1, "rename": 1.5, "touch": 1, "replace": 1, "append": 2,
        "damage": 1, "mend": 0.7, "check_inputs": 0.7, "compact": 1, "verify": 1, "flip": 1, "embed": 1, "score": 1, "force": 0.5,
        "dry_run": 1, "strict": 0.7, "grow_another": 0.7, "compare": 1.5,
    }
    # Steps that need an output whose last run came to its end.
    OF_FINISHED_OUTPUTS = {"verify", "flip", "embed", "score", "compare", "grow_another", "append", "force", "dry_run"}

    def go(self, steps):
        self.make_others()
        self.add()
        for _ in range(steps):
            figures["steps"] += 1
            kind = self.generator.choices(list(self.STEPS), self.STEPS.values())[0]
            if kind in self.OF_FINISHED_OUTPUTS:
                self.finish()
            getattr(self, kind)()
        self.finish()
        self.compare()
