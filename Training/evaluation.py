"""What the evaluations share: shards, vectors, untrained weights, bootstrap intervals, tables."""
from __future__ import annotations

import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence

import numpy
from safetensors.numpy import save_file

ROUNDS = 1000
# How vectors of a model are made that does not say it: a mean over all tokens, of all windows.
AS_BUNDLED = {"pooling": "mean", "long": "mean"}


def read(shard: pathlib.Path) -> list[dict]:
    """The lines of a shard, compressed by zstd or plain."""
    data = shard.read_bytes()
    if shard.suffix == ".zst":
        data = subprocess.run(["zstd", "-dcq"], input=data, check=True, capture_output=True).stdout
    return [json.loads(line) for line in data.splitlines() if line.strip()]


def write(rows: Iterable[dict], shard: pathlib.Path) -> None:
    shard.parent.mkdir(parents=True, exist_ok=True)
    with open(shard, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def shards(folder: pathlib.Path) -> dict[str, list[dict]]:
    """The lines of a folder's shards, by the name of the shard without its extensions."""
    return {path.name.split(".jsonl")[0]: read(path) for path in sorted(folder.glob("*.jsonl*"))}


class Encoder:
    """A model as `dedup embed` runs it: vectors of texts.

    A model that has an embedding.json says itself how its vectors are made; of others they are made as the bundled
    model's are.
    """

    def __init__(self, binary: str, model: pathlib.Path, precision: str = "f32") -> None:
        self.binary = binary
        self.model = model
        self.precision = precision

    @property
    def is_whitened(self) -> bool:
        return (self.model / "whitening.safetensors").exists()

    def vectors(self, texts: Sequence[str], whitening: bool = True) -> numpy.ndarray:
        """A row for each text. Without `whitening` that of the model is left out, if it has one."""
        options = ["--precision", self.precision]
        if not (self.model / "embedding.json").exists():
            options += [word for key, value in AS_BUNDLED.items() for word in (f"--{key}", value)]
        if self.is_whitened and not whitening:
            options.append("--no-whitening")
        with tempfile.TemporaryDirectory() as folder:
            scratch = pathlib.Path(folder)
            write(({"text": text} for text in texts), scratch / "texts.jsonl")
            subprocess.run(
                [self.binary, "embed", str(scratch / "texts.jsonl"), "--model", str(self.model),
                 "--out", str(scratch / "out"), "--quiet", *options],
                check=True)
            return numpy.load(scratch / "out" / "texts.jsonl.npy")

    def whitened(self, inputs: pathlib.Path, documents: int, folder: pathlib.Path) -> Encoder:
        """The same model with a whitening fitted to so many documents: a copy of it in `folder`, where it has none."""
        if self.is_whitened:
            return self
        shutil.copytree(self.model, folder)
        if not (folder / "embedding.json").exists():
            (folder / "embedding.json").write_text(json.dumps(AS_BUNDLED))
        subprocess.run(
            [self.binary, "train", "whitening", str(inputs), "--model", str(folder),
             "--max-documents", str(documents)],
            check=True, stdout=sys.stderr)
        return Encoder(self.binary, folder, self.precision)


def tensors(file: pathlib.Path) -> dict[str, dict]:
    """The header of a safetensors file: types and shapes by name."""
    with open(file, "rb") as opened:
        size, = struct.unpack("<Q", opened.read(8))
        header = json.loads(opened.read(size))
    header.pop("__metadata__", None)
    return header


def untrained(model: pathlib.Path, out: pathlib.Path, seed: int = 1) -> None:
    """Writes a model of the same shape and tokenizer with the weights that a training begins with: normal ones of the
    deviation initializer_range, biases of 0, norms of 1."""
    out.mkdir(parents=True)
    for file in model.iterdir():
        if file.name in ("config.json", "embedding.json", "vocab.json", "merges.txt") or "token" in file.name:
            shutil.copy(file, out)
    deviation = json.loads((model / "config.json").read_text()).get("initializer_range", 0.02)
    random = numpy.random.default_rng(seed)
    weights = {}
    for name, tensor in sorted(tensors(model / "model.safetensors").items()):
        shape = tensor["shape"]
        if "LayerNorm.weight" in name:
            weights[name] = numpy.ones(shape, numpy.float32)
        elif len(shape) == 1:
            weights[name] = numpy.zeros(shape, numpy.float32)
        else:
            weights[name] = (deviation * random.standard_normal(shape)).astype(numpy.float32)
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})


def resamples(groups: Sequence[str], seed: int = 1, rounds: int = ROUNDS) -> numpy.ndarray:
    """How often each row is drawn, [rounds, rows], where whole groups are drawn with replacement."""
    _, number = numpy.unique(numpy.asarray(groups), return_inverse=True)
    count = int(number.max()) + 1
    random = numpy.random.default_rng(seed)
    draws = numpy.stack(
        [numpy.bincount(random.integers(0, count, count), minlength=count) for _ in range(rounds)])
    return draws[:, number]


def interval(values: numpy.ndarray) -> list[float]:
    """Of 95 %, by percentiles."""
    return [float(value) for value in numpy.percentile(values, [2.5, 97.5])]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def shown(value: float, bounds: Sequence[float], digits: int = 3) -> str:
    return f"{value:.{digits}f} ({bounds[0]:.{digits}f} to {bounds[1]:.{digits}f})"


def save(out: pathlib.Path, name: str, result: dict, text: str) -> None:
    """Writes NAME.json and NAME.md, and shows the second."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (out / f"{name}.md").write_text(text, encoding="utf-8")
    print(text, end="")
