"""Shared functions of the evaluation scripts: shards, vectors, untrained models, bootstrap intervals, tables."""
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
# The options for the vectors of a model without an embedding.json: the mean over all tokens of all windows.
AS_BUNDLED = {"pooling": "mean", "long": "mean", "layout": "joined", "max-tokens": 128}


def read(shard: pathlib.Path) -> list[dict]:
    """Returns the rows of a shard, which is plain JSON Lines or compressed with zstd."""
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
    """Returns the rows of each shard in a folder. The keys are the names of the shards without extensions."""
    return {path.name.split(".jsonl")[0]: read(path) for path in sorted(folder.glob("*.jsonl*"))}


class Encoder:
    """Computes vectors of texts with a model, by `dedup embed`.

    If the model has an embedding.json, that says how its vectors are made. Otherwise they are made like those of the
    bundled model. `precision` is None for the best of the processor.
    """

    def __init__(self, binary: str, model: pathlib.Path, precision: str | None = "f32") -> None:
        self.binary = binary
        self.model = model
        self.precision = precision

    @property
    def is_whitened(self) -> bool:
        return (self.model / "whitening.safetensors").exists()

    def vectors(self, texts: Sequence[str], whitening: bool = True) -> numpy.ndarray:
        """Returns one row for each text. If `whitening` is false, the model's whitening, if any, is not applied."""
        options = ["--precision", self.precision] if self.precision else []
        if not (self.model / "embedding.json").exists():
            options += [word for key, value in AS_BUNDLED.items() for word in (f"--{key}", str(value))]
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
        """Returns the model itself if it has a whitening, else a copy in `folder` with one fitted to `documents` texts."""
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
    """Returns the header of a safetensors file: for each tensor its type, shape and offsets."""
    with open(file, "rb") as opened:
        size, = struct.unpack("<Q", opened.read(8))
        header = json.loads(opened.read(size))
    header.pop("__metadata__", None)
    return header


def untrained(model: pathlib.Path, out: pathlib.Path, seed: int = 1) -> None:
    """Writes a model with the same shape and tokenizer, but with the weights of an untrained model: matrices are
    normally distributed with the standard deviation `initializer_range`, biases are 0 and norms 1."""
    out.mkdir(parents=True)
    for file in model.iterdir():
        if file.name in ("config.json", "embedding.json", "vocab.json", "merges.txt") or "token" in file.name:
            shutil.copy(file, out)
    deviation = json.loads((model / "config.json").read_text()).get("initializer_range", 0.02)
    random = numpy.random.default_rng(seed)
    weights = {}
    for name, tensor in sorted(tensors(model / "model.safetensors").items()):
        # The scales of integers; the weights here are floats.
        if name.endswith("_scale"):
            continue
        shape = tensor["shape"]
        if "LayerNorm.weight" in name:
            weights[name] = numpy.ones(shape, numpy.float32)
        elif len(shape) == 1:
            weights[name] = numpy.zeros(shape, numpy.float32)
        else:
            weights[name] = (deviation * random.standard_normal(shape)).astype(numpy.float32)
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})


def resamples(groups: Sequence[str], seed: int = 1, rounds: int = ROUNDS) -> numpy.ndarray:
    """Draws groups of rows with replacement. Returns how often each row is drawn: [rounds, rows]."""
    _, number = numpy.unique(numpy.asarray(groups), return_inverse=True)
    count = int(number.max()) + 1
    random = numpy.random.default_rng(seed)
    draws = numpy.stack(
        [numpy.bincount(random.integers(0, count, count), minlength=count) for _ in range(rounds)])
    return draws[:, number]


def interval(values: numpy.ndarray) -> list[float]:
    """Returns the 95 % interval of bootstrap values, by percentiles."""
    return [float(value) for value in numpy.percentile(values, [2.5, 97.5])]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def shown(value: float, bounds: Sequence[float], digits: int = 3) -> str:
    return f"{value:.{digits}f} ({bounds[0]:.{digits}f} to {bounds[1]:.{digits}f})"


def save(out: pathlib.Path, name: str, result: dict, text: str) -> None:
    """Writes NAME.json and NAME.md, and prints the text of NAME.md."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (out / f"{name}.md").write_text(text, encoding="utf-8")
    print(text, end="")
