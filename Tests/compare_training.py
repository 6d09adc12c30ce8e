#!/usr/bin/env python3
"""Checks a model that `dedup train mlm` wrote with Hugging Face's DebertaForMaskedLM and DebertaModel.

    pip install torch transformers
    python3 Tests/compare_training.py MODEL [--dedup BINARY]

Loads MODEL, which must have no missing or unexpected tensors, and predicts masked tokens in a few sentences. With
--dedup, it also compares the vectors of these sentences from `dedup embed` in f32 with the means of DebertaModel's last
states. Exits with 1 if a check fails.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from tokenizers import Tokenizer
from transformers import DebertaForMaskedLM

TEXTS = [
    "The file is read line by line, and every line is a document.",
    "Программа читает файл строка за строкой.",
    "a",
    "To install the package, run the following command as root: apt install dedup",
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--dedup", help="the binary")
    options = parser.parse_args()

    model, report = DebertaForMaskedLM.from_pretrained(options.model, output_loading_info=True)
    model.eval()
    faults = {key: value for key, value in report.items() if value}
    if faults:
        print(f"loading: {faults}")
        return 1
    weights = model.cls.predictions.decoder.weight
    if weights.data_ptr() != model.deberta.embeddings.word_embeddings.weight.data_ptr():
        print("the decoder is not tied to the embeddings")
        return 1
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    mask = tokenizer.token_to_id("<mask>") or tokenizer.token_to_id("[MASK]")
    vectors, loss, told = [], 0.0, 0
    with torch.no_grad():
        for text in TEXTS:
            ids = tokenizer.encode(text).ids
            vectors.append(model.deberta(torch.tensor([ids])).last_hidden_state[0].mean(0).numpy())
            for place in range(1, len(ids) - 1):
                masked = list(ids)
                masked[place] = mask
                logits = model(torch.tensor([masked])).logits[0, place]
                loss -= torch.log_softmax(logits, -1)[ids[place]].item()
                told += 1
    print(f"loaded; {told} masked tokens, mean loss {loss / told:.3f}")
    if options.dedup is None:
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        (folder / "texts.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
        subprocess.run(
            [options.dedup, "embed", folder / "texts.jsonl", "--model", options.model, "--precision", "f32",
             "--out", folder / "out", "--quiet"],
            check=True,
        )
        ours = numpy.load(folder / "out" / "texts.jsonl.npy")
    difference = float(numpy.abs(ours - numpy.stack(vectors)).max())
    print(f"vectors differ by {difference:.1e} at most")
    return 0 if difference < 2e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
