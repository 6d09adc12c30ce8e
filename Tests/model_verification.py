"""The checks of Tests/model_test.py that ask the command whether an output is whole."""

import shutil

from model_support import expect, figures


class Verification:
    """The part of a World that verifies its output, and damages a copy of it."""

    def verify_command(self):
        return ["verify", "out"] if self.has("verify") else ["index", "verify", "out"]

    def verify_after_a_kill(self):
        """After a kill, verify must find the output intact or interrupted, or no output before the first commit."""
        if self.has("verify") and (self.out / ".dedup/catalog.sqlite").exists():
            self.must((0, 2, 3) if not self.events else (0, 3), *self.verify_command())

    def verify(self):
        if self.events:
            self.must(0, *self.verify_command())
            self.say("verified")

    def flip(self):
        """Flips a bit in a copy of the output; verify must find it."""
        if not self.events:
            return
        copy = self.work / "copy"
        shutil.copytree(self.out, copy, copy_function=shutil.copy2)
        folders = [".dedup/removed/", ".dedup/bad/", ".dedup/index/"] + [".dedup/scores/"] * self.has("verify")
        files = []
        for path in sorted(copy.rglob("*")):
            name = str(path.relative_to(copy))
            is_checked = not name.startswith(".dedup/") or name.startswith((".dedup/report.", *folders))
            if path.is_file() and is_checked and path.stat().st_size:
                files.append(path)
        path = self.generator.choice(files)
        data = bytearray(path.read_bytes())
        data[self.generator.randrange(len(data))] ^= 1 << self.generator.randrange(8)
        path.write_bytes(data)
        name = path.relative_to(copy)
        done = self.must(1, *self.verify_command()[:-1], "copy")
        expect(path.name in done.stdout + done.stderr, "the damaged file is not named:", name, done.stdout, done.stderr)
        figures["flipped bytes"] += 1
        shutil.rmtree(copy)
        self.say("a flipped byte was found in", name)

    def check_inputs(self):
        """'dedup check' must list every damaged shard and every bad line."""
        inputs = [input for input in self.inputs if any(key[0] == input for key in self.disk)]
        if not self.has("check") or not inputs:
            return
        files = {(input, path): file for (input, path), file in self.disk.items() if input in inputs}
        is_sound = not any(file.bad or file.sound is not None for file in files.values())
        done = self.must(0 if is_sound else 1, "check", *(f"inputs/{input}" for input in inputs))
        for (input, path), file in files.items():
            lines = [line for line in done.stdout.splitlines() if path in line]
            expect(len(lines) >= (1 if file.sound is not None else file.bad), "not all is listed of", path, done.stdout)
        self.say("checked the inputs")
