"""The part of Tests/model_test.py that starts commands and changes inputs."""

import os
import random
import subprocess
import time

from model_support import File, compressed, expect, figures


class Inputs:
    """The part of a World that starts commands, kills them, and changes inputs."""

    def has(self, feature):
        return feature not in self.without

    def say(self, *what):
        print(f"  {self.seed}:", *what, flush=True)

    @property
    def taken(self):
        return [shard for event in self.events for shard in event.shards]

    # Commands

    def command(self, *arguments):
        return subprocess.run([self.dedup, *map(str, arguments)], cwd=self.work, capture_output=True, text=True)

    def must(self, code, *arguments):
        start = time.monotonic()
        done = self.command(*arguments)
        self.tools.seconds += (time.monotonic() - start - self.tools.seconds) * 0.2
        codes = code if isinstance(code, tuple) else (code,)
        expect(done.returncode in codes, "exit", done.returncode, "in place of", code, "of",
               " ".join(map(str, arguments)), "\n", done.stderr)
        return done

    def killed(self, arguments):
        """Starts a command and kills it at a random moment. Returns its result if it ended before, else None."""
        process = subprocess.Popen([self.dedup, *map(str, arguments)], cwd=self.work, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            output, errors = process.communicate(timeout=self.kills.uniform(0, self.tools.seconds * 1.5))
            return subprocess.CompletedProcess(arguments, process.returncode, output, errors)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            figures["kills"] += 1
            return None

    def disturbed(self, code, *arguments, may_stop=lambda: False):
        """Runs a command to its end, after some kills. Returns None if it is left in the state of the last kill.

        may_stop: is called after a kill; says whether the command may be left in this state.
        """
        if self.has("kill") and self.kills.random() < 0.4:
            kills = self.kills.randint(1, 3)
            for _ in range(kills):
                done = self.killed(arguments)
                if done is not None:
                    expect(done.returncode == code, "exit", done.returncode, "in place of", code, "of", arguments, "\n",
                           done.stderr)
                    return done
                self.verify_after_a_kill()
                if self.kills.random() < 0.3 and may_stop():
                    return None
            self.say(f"killed {kills} times")
        return self.must(code, *arguments)

    def settings(self):
        memory = self.generator.choice(["256M", "300M", "512M", "1G"])
        return ["--threads", self.generator.randint(1, 4), "--memory", memory]

    # Inputs

    def path(self, input, path):
        return self.work / "inputs" / input / path

    def write(self, input, path, file):
        target = self.path(input, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        self.disk[input, path] = file

    def forget(self, input, path):
        self.path(input, path).unlink()
        return self.disk.pop((input, path))

    def is_taken(self, input, path):
        return any((shard.input, shard.path) == (input, path) for shard in self.taken)

    def new_path(self, input):
        while True:
            folder = self.generator.choice(["", "", "b/", "z/q/", "ё/"])
            ending = self.generator.choice([".jsonl", ".jsonl.zst", ".jsonl.zst", ".jsonl.gz", ".ndjson", ".json"])
            path = f"{folder}{self.generator.choice('abcdefghijklmnop')}{self.generator.randrange(100)}{ending}"
            if (input, path) not in self.disk and not self.is_taken(input, path):
                return path

    def new_file(self, path, bad=0.1):
        lines, count = self.texts.lines(self.generator.random() < bad)
        content = b"".join(line + b"\n" for line in lines)
        ends = True
        if content and self.generator.random() < 0.2:
            content, ends = content[:-1], False
        if self.generator.random() < 0.05:
            content = b"\xef\xbb\xbf" + content
        return File(compressed(content, path, self.generator), count, ends)

    def add(self):
        input = self.generator.choices(self.inputs, [4, 2, 1])[0]
        for _ in range(self.generator.choice([1, 1, 2, 3, 6])):
            path = self.new_path(input)
            self.write(input, path, self.new_file(path))
        self.say("added shards to", input)

    def some(self, condition=lambda file: True, taken=None):
        """Returns a random shard in the inputs that fulfils the condition, or None."""
        found = [key for key, file in sorted(self.disk.items())
                 if condition(file) and (taken is None or self.is_taken(*key) == taken)]
        return self.generator.choice(found) if found else None

    def remove(self):
        key = self.some()
        if key:
            self.say("removed", *key)
            self.forget(*key)

    def restore(self):
        gone = [shard for shard in self.taken if (shard.input, shard.path) not in self.disk]
        if gone:
            shard = self.generator.choice(gone)
            self.say("restored", shard.name)
            self.write(shard.input, shard.path, shard.file)

    def rename(self):
        key = self.some(lambda file: file.sound is None)
        if key:
            file = self.forget(*key)
            path = self.new_path(key[0])
            ending = key[1][key[1].index("."):]
            path = path[:path.index(".")] + ending
            if (key[0], path) in self.disk or self.is_taken(key[0], path):
                self.write(*key, file)
                return
            self.say("renamed", *key, "to", path)
            self.write(key[0], path, file)

    def touch(self):
        key = self.some()
        if key:
            self.say("touched", *key)
            moment = self.generator.randrange(10**9, 2 * 10**9)
            os.utime(self.path(*key), (moment, moment))

    def damage(self):
        """Adds a shard that is truncated or has a flipped bit."""
        if not self.has("skip"):
            return
        input = self.generator.choice(self.inputs)
        path = self.new_path(input)
        path = path[:path.index(".")] + self.generator.choice([".jsonl.zst", ".jsonl.gz"])
        if (input, path) in self.disk or self.is_taken(input, path):
            return
        sound = compressed(b"".join(self.texts.line() + b"\n" for _ in range(40)), path, random.Random(0))
        data = bytearray(sound)
        if self.generator.random() < 0.5:
            del data[self.generator.randrange(len(data) // 4, len(data) - 1):]
        else:
            data[self.generator.randrange(len(data) // 4, len(data) * 3 // 4)] ^= 1 << self.generator.randrange(8)
        self.write(input, path, File(bytes(data), 0, sound=sound))
        self.say("added the damaged shard", input, path)

    def mend(self):
        key = self.some(lambda file: file.sound is not None)
        if key:
            self.say("mended", *key)
            self.write(*key, File(self.disk[key].sound, 0))
