#!/usr/bin/env python3
"""Tests of the reference itself: its definition on small examples, and that check_dedup.py finds what is wrong.

    DEDUP=.build/release/dedup python3 Tests/Reference/test_reference.py

Tests that need an output to change are skipped when DEDUP does not name a binary.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Callable

sys.dont_write_bytecode = True

import check_dedup
import corpus
import recall
import reference
from reference import Settings, shingles, words
from xxh3 import xxh3_64

HERE = pathlib.Path(__file__).resolve().parent
DEDUP = os.environ.get("DEDUP", "")


class HashTests(unittest.TestCase):
    """The hashes are those of the C library; every case has a length with another code path."""

    def test_equals_the_library(self):
        counting = bytes(number % 256 for number in range(1280))
        expected = {
            b"": 0x2D06800538D394C2,
            b"a": 0xE6C632B61E964E1F,
            b"abc": 0x78AF5F94892F3950,
            b"abcdefgh": 0x6F45A76842A96483,
            b"0123456789abcdef": 0x64439946D8FA212D,
            counting[:100]: 0x4E4F921A64BD1C,
            counting[:200]: 0xF42A8864FEAF0703,
            counting: 0x4844B009E164352E,
        }
        for data, value in expected.items():
            self.assertEqual(xxh3_64(data), value, f"{len(data)} bytes")

    def test_equals_the_library_with_a_seed(self):
        counting = bytes(number % 256 for number in range(1280))
        expected = {
            b"": (0x913AE0873E9B7EB8, 0xEB8B1D53749F48C2),
            b"a": (0x9ED5888BC5A2A094, 0x5D92D93DD9B64CC),
            b"abc": (0x48FF56F569E39912, 0x3B96EC9E10730D69),
            b"abcdefgh": (0x7085FA54470B4823, 0x716C6D18E5800E4),
            b"0123456789abcdef": (0xB5C9AA9D3EBD6770, 0x7742570E3099F0EF),
            counting[:100]: (0xF99B79905A88DC51, 0x7EB939D3E32DC134),
            counting[:200]: (0x68DECBFB306EBDF2, 0x68CA879BCCE2E4FC),
            counting: (0xC7F683F9F97CC6E6, 0xF14D3BC0AC606AD7),
        }
        for data, values in expected.items():
            self.assertEqual((xxh3_64(data, 7), xxh3_64(data, 2**63 - 1)), values, f"{len(data)} bytes")


class WordTests(unittest.TestCase):
    """Words and shingles of small texts."""

    def test_words(self):
        cases = {
            "Hello, WORLD!": ["hello", "world"],
            "it's 3.14": ["it", "s", "3", "14"],
            "Й и\u0306": ["й", "й"],
            "сло\u00adво": ["слово"],
            "中文 text": ["中", "文", "text"],
            "text中a": ["text", "中", "a"],
            "か\u3099き": ["が", "き"],
            "กำa": ["ก", "ำ", "a"],
            "\u0301 a\u0301": ["á"],
            "İ": ["i\u0307"],
            "❤\ufe0f !!!": [],
        }
        for text, expected in cases.items():
            self.assertEqual(words(text), expected, ascii(text))

    def test_normalization(self):
        self.assertEqual(words("ﬁ", "nfkc"), ["fi"])
        self.assertEqual(words("ﬁ", "nfc"), ["ﬁ"])
        self.assertEqual(words("и\u0306", "none"), ["и\u0306"])

    def test_shingles(self):
        self.assertEqual(shingles("a b c d e f"), {"a b c d e", "b c d e f"})
        self.assertEqual(shingles("A, b!"), {"a b"})
        self.assertEqual(shingles("! ?"), {"!?"})
        self.assertEqual(shingles(" \n"), set())
        self.assertEqual(shingles("ab cde", Settings(shingle_unit="char")), {"ab cd", "b cde"})
        self.assertEqual(shingles("a b c d e f", Settings(match="exact")), {"a b c d e f"})

    def test_unknown_scalars(self):
        self.assertFalse(reference.is_comparable("a\u0378"))
        self.assertTrue(reference.is_comparable("a\u0301"))


class DecisionTests(unittest.TestCase):
    """Decisions on small sequences of documents."""

    def decisions(self, texts: list[str], settings: Settings = Settings()) -> list[Any]:
        """Decides texts, and returns the twin of each one; None for a kept one."""
        kept, twins = reference.Deduplicator(settings), []
        for number, text in enumerate(texts):
            document = reference.sketch(text, settings)
            match = kept.decide(document).match
            twins.append(match and match.twin)
            if match is None:
                kept.keep(number, document)
        return twins

    def test_threshold_is_exclusive(self):
        self.assertFalse(reference.exceeds(7, 10, 700))
        self.assertTrue(reference.exceeds(8, 11, 700))

    def test_equal_texts_have_the_earliest_twin(self):
        self.assertEqual(self.decisions(["a b", "c", "A b", "a, b", "C!"]), [None, None, 0, 0, 1])

    def test_blank_texts_are_kept(self):
        self.assertEqual(self.decisions(["", " ", "!", "!"]), [None, None, None, 2])

    def test_a_removed_document_is_no_twin(self):
        # Each text has lost its last words: neighbours are duplicates, the first and the last are not.
        full = [f"w{number}" for number in range(60)]
        texts = [" ".join(full[: 60 - 10 * step]) for step in range(4)]
        one_band = Settings(bands=100, rows=1)
        self.assertEqual(self.decisions(texts, one_band), [None, 0, None, 2])

    def test_recall_finds_all_pairs(self):
        sets = [frozenset(letters) for letters in ("abcdefghij", "abcdefghik", "xyz", "abcdefghij", "")]
        pairs = [(earlier, later) for earlier, later, _ in recall.similar_pairs(sets, 700)]
        self.assertEqual(pairs, [(0, 1), (0, 3), (1, 3)])


class SampleTests(unittest.TestCase):
    """Which documents are in a sample."""

    def test_a_sample_depends_on_the_id_else_on_the_text(self):
        # The hash of "abc" with the seed 7 is 0x48FF..., between 0.28 and 0.29 of all hashes.
        for share, expected in [(0.28, False), (0.29, True)]:
            settings = Settings(sample_share=share, sample_seed=7)
            self.assertEqual(reference.is_sampled("abc", "", settings), expected)
            self.assertEqual(reference.is_sampled(None, "abc", settings), expected)

    def test_all_and_none(self):
        ids = [str(number) for number in range(1000)]
        self.assertTrue(all(reference.is_sampled(id, "", Settings()) for id in ids))
        self.assertFalse(any(reference.is_sampled(id, "", Settings(sample_share=0)) for id in ids))
        chosen = [id for id in ids if reference.is_sampled(id, "", Settings(sample_share=0.5))]
        self.assertTrue(450 < len(chosen) < 550)

    def test_ids(self):
        ids = [corpus.Number("12345678901234567890"), corpus.Number("-0"), "a", None]
        self.assertEqual([corpus.id_text(id) for id in ids], ["12345678901234567890", "0", "a", None])
        with self.assertRaises(corpus.CorpusError):
            corpus.id_text(corpus.Number("1.50"))


class FieldTests(unittest.TestCase):
    """What is read of a line."""

    def test_fields(self):
        fields = corpus.Fields(["title", "meta.body,text", r"a\.b"], "id,name")
        found = fields.document('{"title":["x",null,"y"],"meta":{"body":null},"text":"z","a.b":"w","name":7}'.encode())
        self.assertEqual((found.text, found.id), ("x\ny\nz\nw", corpus.Number("7")))

    def test_last_of_a_repeated_key_counts(self):
        self.assertEqual(corpus.Fields(["text"], "id").document(b'{"text":"a","text":"b"}').text, "b")

    def test_lone_surrogate(self):
        self.assertEqual(corpus.Fields(["text"], "id").document(rb'{"text":"\ud83d!"}').text, "\ufffd!")

    def test_bad_lines(self):
        fields = corpus.Fields(["text"], "id")
        lines = [b"{}", b"[]", b'{"text":1}', b'{"text":[1]}', b'{"text":"a","n":NaN}', b'{"text":"\xff"}', b'{"text":"']
        for line in lines:
            with self.assertRaises(corpus.BadLine, msg=line):
                fields.document(line)
        tolerant = corpus.Fields(["text"], "id", allow_nan=True)
        self.assertEqual(tolerant.document(b'{"text":"a","id":NaN}').id, None)

    def test_numbers(self):
        self.assertEqual(corpus.Number("1.50"), corpus.Number("15e-1"))
        self.assertEqual(corpus.Number("-0"), corpus.Number("0"))
        self.assertNotEqual(corpus.Number("12345678901234567890"), corpus.Number("12345678901234567891"))


@unittest.skipUnless(DEDUP, "DEDUP does not name a binary")
class FaultTests(unittest.TestCase):
    """Changes to an output, every one of which check_dedup.py has to find."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="dedup-reference-")
        cls.work = pathlib.Path(cls.temporary.name)
        options = ["--mb", "0.1", "--shard-mb", "0.05", "--copies", "0.8", "--farthest", "10", "--compression", "none"]
        subprocess.run(
            [sys.executable, HERE / "make_corpus.py", cls.work / "corpus", "--kind", "comments", *options],
            check=True, capture_output=True,
        )  # fmt: skip
        shard = cls.work / "corpus" / "part-00000.jsonl"
        shard.write_bytes(b"no document\n" + shard.read_bytes() + b"{}\n")
        subprocess.run(
            [DEDUP, "run", cls.work / "corpus", "--out", cls.work / "original", "--on-bad-line", "drop", "--quiet"],
            check=True,
        )

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        self.out = self.work / "out"
        shutil.copytree(self.work / "original", self.out)
        self.shard = self.out / "part-00000.jsonl"

    def tearDown(self):
        shutil.rmtree(self.out)

    def faults(self, *options: str) -> list[str]:
        """Checks the output, and returns what the summary lists."""
        command = [sys.executable, HERE / "check_dedup.py", self.work / "corpus", "--out", self.out, "--json"]
        command += ["--processes", "1", *(options or ("--on-bad-line", "drop"))]
        result = subprocess.run(command, check=False, capture_output=True, text=True)
        faults = json.loads(result.stdout)["faults"]
        self.assertEqual(result.returncode, 1 if faults else 0, result.stderr)
        return faults

    def assert_fault(self, expected: str) -> None:
        """Asserts that one of the faults has a text in it."""
        faults = self.faults()
        self.assertTrue(any(expected in fault for fault in faults), f"'{expected}' is none of {faults}")

    def change_lines(self, path: pathlib.Path, change: Callable[[list[bytes]], Any]) -> None:
        """Changes the lines of a file in place."""
        lines = corpus.decoded(path).splitlines(keepends=True)
        change(lines)
        content = b"".join(lines)
        if path.suffix == ".zst":
            content = subprocess.run(["zstd", "-q"], input=content, check=True, capture_output=True).stdout
        path.write_bytes(content)

    def change_entry(self, change: Callable[[dict[str, Any]], Any], kind: str = "removed") -> None:
        """Changes the second entry of a list."""

        def change_second(lines: list[bytes]) -> None:
            entry = json.loads(lines[1])
            change(entry)
            lines[1] = json.dumps(entry).encode() + b"\n"

        self.change_lines(self.list(kind), change_second)

    def change_report(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Changes report.json."""
        path = self.out / ".dedup" / "report.json"
        report = json.loads(path.read_bytes())
        change(report)
        path.write_text(json.dumps(report))

    def list(self, kind: str) -> pathlib.Path:
        """Returns the path of a list of the first shard."""
        return self.out / ".dedup" / kind / "part-00000.jsonl.jsonl.zst"

    def test_no_fault_in_what_dedup_wrote(self):
        self.assertEqual(self.faults(), [])

    # Shards

    def test_line_removed(self):
        self.change_lines(self.shard, lambda lines: lines.pop(3))
        self.assert_fault("the output does not have line")

    def test_last_line_removed(self):
        self.change_lines(self.shard, lambda lines: lines.pop())
        self.assert_fault("lines, expected are")

    def test_line_changed(self):
        self.change_lines(self.shard, lambda lines: lines.__setitem__(3, lines[3].replace(b" ", b"  ", 1)))
        self.assert_fault("the output does not have line")

    def test_lines_exchanged(self):
        self.change_lines(self.shard, lambda lines: lines.insert(0, lines.pop(1)))
        self.assert_fault("the output does not have line")

    def test_removed_line_put_back(self):
        self.change_lines(self.shard, lambda lines: lines.append(lines[0]))
        self.assert_fault("lines, expected are")

    def test_shard_missing(self):
        self.shard.unlink()
        self.assert_fault("the output has no such shard")

    def test_shard_added(self):
        shutil.copy(self.shard, self.out / "other.jsonl")
        self.assert_fault("other.jsonl: in the output, and no shard of the input")

    def test_compression_changed(self):
        subprocess.run(["zstd", "-q", "--rm", self.shard], check=True)
        self.shard.with_suffix(".jsonl.zst").rename(self.shard)
        self.assert_fault("the compression is zstd")

    # Lists

    def test_entry_missing(self):
        self.change_lines(self.list("removed"), lambda lines: lines.pop(1))
        self.assert_fault("was kept, and is a duplicate of")

    def test_entry_of_a_kept_document(self):
        self.change_entry(lambda entry: entry.update(line=2))
        self.assert_fault("was removed, and no document kept before it is a twin")

    def test_entry_of_no_document(self):
        self.change_entry(lambda entry: entry.update(line=1))
        self.assert_fault("line 1 is not a document of the shard")

    def test_entries_exchanged(self):
        self.change_lines(self.list("removed"), lambda lines: lines.insert(0, lines.pop(1)))
        self.assert_fault("stands behind line")

    def test_entry_changed(self):
        changes: dict[str, Callable[[dict[str, Any]], Any]] = {
            "id": lambda entry: entry.update(id="other"),
            "twin": lambda entry: entry["twin"].update(line=entry["twin"]["line"] + 1),
            "intersection": lambda entry: entry.update(intersection=entry["intersection"] + 1),
            "union": lambda entry: entry.update(union=entry["union"] + 1),
            "jaccard": lambda entry: entry.update(jaccard=entry["jaccard"] - 1e-9),
            "bands": lambda entry: entry["bands"].pop(),
        }
        for key, change in changes.items():
            with self.subTest(key):
                self.change_entry(change)
                self.assert_fault(f"removed/ says {key}")
                shutil.copy(self.work / "original" / self.list("removed").relative_to(self.out), self.list("removed"))

    def test_list_added(self):
        shutil.copy(self.list("removed"), self.list("removed").with_name("other.jsonl.jsonl.zst"))
        self.assert_fault("a list of no shard of the input")

    def test_bad_entry_missing(self):
        self.change_lines(self.list("bad"), lambda lines: lines.pop())
        self.assert_fault("which are not its 2 bad lines")

    def test_bad_entry_changed(self):
        self.change_entry(lambda entry: entry.update(byte=entry["byte"] + 1), "bad")
        self.assert_fault("which are not its 2 bad lines")

    def test_reason_missing(self):
        self.change_entry(lambda entry: entry.pop("reason"), "bad")
        self.assert_fault("an entry without a reason")

    def test_damaged_list(self):
        self.list("removed").write_bytes(self.list("removed").read_bytes()[:-5])
        self.assert_fault("cannot be read")

    # The report

    def test_count_changed(self):
        self.change_report(lambda report: report["corpus"].update(kept=report["corpus"]["kept"] + 1))
        self.assert_fault("report.json, corpus: kept is")

    def test_count_of_a_shard_changed(self):
        self.change_report(lambda report: report["corpus"]["shards"][1].update(candidates=0))
        self.assert_fault("report.json, part-00001.jsonl: candidates is 0")

    def test_count_of_an_input_changed(self):
        self.change_report(lambda report: report["corpus"]["inputs"][0].update(bad=1))
        self.assert_fault("report.json, input corpus: bad is 1, expected is 2")

    def test_shards_of_the_report_exchanged(self):
        self.change_report(lambda report: report["corpus"]["shards"].reverse())
        self.assert_fault("the shards are not those of the input, in order")

    def test_report_missing(self):
        (self.out / ".dedup" / "report.json").unlink()
        self.assert_fault("report.json: cannot be read")

    # Options

    def test_other_options(self):
        others = [["--threshold", "0.9"], ["--bands", "5"], ["--shingle-unit", "char"], ["--min-words", "12"]]
        for options in [*others, ["--sample-share", "0.5"]]:
            with self.subTest(options[0]):
                self.assertTrue(any("the run had" in fault or "was" in fault for fault in self.faults(*options)))

    def test_bad_lines_that_should_have_stopped_the_run(self):
        self.assertTrue(any("no run stopped" in fault for fault in self.faults("--on-bad-line", "stop")))

    def test_threshold_with_four_decimals(self):
        with self.assertRaises(SystemExit), open(os.devnull, "w", encoding="utf-8") as nowhere:
            sys.stderr, saved = nowhere, sys.stderr
            try:
                check_dedup.arguments(["corpus", "--out", "clean", "--threshold", "0.7001"])
            finally:
                sys.stderr = saved


if __name__ == "__main__":
    unittest.main()
