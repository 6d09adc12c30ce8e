#!/usr/bin/env python3
"""Checks a model that `dedup train` wrote with Hugging Face's DebertaForMaskedLM and DebertaModel.

    pip install torch transformers
    python3 Tests/compare_training.py MODEL [--dedup BINARY]

Loads MODEL, which must have no missing or unexpected tensors, and predicts masked tokens in a few sentences. With
--dedup, it also compares the vectors of these sentences from `dedup embed` in f32 with the means of DebertaModel's last
states. Then it lets both train MODEL from random vectors for a few steps (`dedup train distill --teacher-vectors`), and
compares the losses of each step and the weights at the end. Exits with 1 if a check fails.
"""
from __future__ import annotations

import argparse
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from transformers import DebertaForMaskedLM

TEXTS = [
    "The file is read line by line, and every line is a document.",
    "Программа читает файл строка за строкой.",
    "a",
    "To install the package, run the following command as root: apt install dedup",
]

# A training on all documents in every step, so that their order does not matter. The temperature, the weights and
# words-rate are as odd as they can be.
DOCUMENTS, STEPS, WARM_UP, RATE, WORDS_RATE, DECAY = 40, 12, 3, 1e-3, 0.5, 0.05
WEIGHTS = {"cosine": 0.8, "similarity": 0.7, "contrast": 0.6, "pair": 0.3}
TEMPERATURE = 0.08
SETTINGS = f"""
model: {{hidden_dropout_prob: 0.0, attention_probs_dropout_prob: 0.0}}
training:
  {{cosine-weight: {WEIGHTS["cosine"]}, similarity-weight: {WEIGHTS["similarity"]}, pair-weight: {WEIGHTS["pair"]},
   contrast-weight: {WEIGHTS["contrast"]}, temperature: {TEMPERATURE}, max-tokens: 24, batch: {DOCUMENTS},
   steps: {STEPS}, warm-up: {WARM_UP}, learning-rate: {RATE}, words-rate: {WORDS_RATE}, weight-decay: {DECAY},
   precision: f32, held-out: 0, log-every: 1}}
"""


def contrast(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Returns InfoNCE in both directions."""
    scores = a @ b.T / TEMPERATURE
    own = torch.arange(len(a))
    return (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2


def others(units: torch.Tensor) -> torch.Tensor:
    """Returns the similarities of each row to the other rows."""
    count = len(units)
    return (units @ units.T / TEMPERATURE)[~torch.eye(count, dtype=torch.bool)].view(count, count - 1)


def train(model: DebertaForMaskedLM, sequences: list[list[int]], teacher: torch.Tensor) -> list[float]:
    """Trains the model as `SETTINGS` says, and returns the loss of every step. Documents 0 and 1 are a pair, and so
    on, except for the last quarter."""
    aims = F.normalize(teacher - teacher.mean(0), dim=-1)
    firsts = torch.arange(0, DOCUMENTS * 3 // 4, 2)
    groups: dict[tuple[bool, bool], list[torch.Tensor]] = {}
    for name, parameter in model.named_parameters():
        undecayed = name.endswith("bias") or "LayerNorm" in name
        groups.setdefault((undecayed, "word_embeddings" in name), []).append(parameter)
    optimizer = torch.optim.AdamW(
        [{"params": found, "weight_decay": 0.0 if undecayed else DECAY, "factor": WORDS_RATE if words else 1.0}
         for (undecayed, words), found in groups.items()],
        lr=RATE, betas=(0.9, 0.98), eps=1e-6,
    )
    losses = []
    for step in range(STEPS):
        share = (step - WARM_UP) / (STEPS - WARM_UP)
        rate = RATE * ((step + 1) / WARM_UP if step < WARM_UP else 0.5 * (1 + math.cos(math.pi * share)))
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        optimizer.zero_grad()
        units = F.normalize(torch.stack([
            model.deberta(torch.tensor([ids])).last_hidden_state[0].mean(0) for ids in sequences]), dim=-1)
        terms = {
            "cosine": (1 - (units * aims).sum(1)).mean(),
            "similarity": F.cross_entropy(others(units), torch.softmax(others(aims), -1)),
            "contrast": contrast(units, aims),
            "pair": contrast(units[firsts], units[firsts + 1]),
        }
        loss = sum(WEIGHTS[name] * term for name, term in terms.items())
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.grad is not None], 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


def compare_training(options: argparse.Namespace, model: DebertaForMaskedLM, tokenizer: Tokenizer) -> bool:
    """Trains with dedup and with PyTorch; returns whether the two agree."""
    draw = random.Random(3)
    words = " ".join(TEXTS).split()
    texts = [" ".join(draw.choices(words, k=draw.randint(4, 40))) for _ in range(DOCUMENTS)]
    teacher = numpy.random.default_rng(5).normal(size=(DOCUMENTS, model.config.hidden_size)).astype(numpy.float32) + 0.5
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        lines = [
            {"text": text, "of": number // 2 if number < DOCUMENTS * 3 // 4 else None}
            for number, text in enumerate(texts)
        ]
        (folder / "texts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (folder / "vectors").mkdir()
        numpy.save(folder / "vectors/texts.jsonl.npy", teacher)
        (folder / "settings.yaml").write_text(SETTINGS)
        subprocess.run(
            [options.dedup, "train", "distill", folder / "texts.jsonl", "--model", options.model, "--teacher-vectors",
             folder / "vectors", "--pair-field", "of", "--config", folder / "settings.yaml", "--out", folder / "out",
             "--quiet"],
            check=True,
        )
        log = [json.loads(line) for line in (folder / "out/training.jsonl").read_text().splitlines()]
        trained = DebertaForMaskedLM.from_pretrained(folder / "out").state_dict()
    around = tokenizer.encode("").ids
    half = len(around) // 2
    sequences = []
    for text in texts:
        ids = tokenizer.encode(text).ids[half:len(tokenizer.encode(text).ids) - (len(around) - half)]
        sequences.append(around[:half] + ids[:24 - len(around)] + around[half:])
    untrained = {name: value.clone() for name, value in model.state_dict().items()}
    losses = train(model, sequences, torch.from_numpy(teacher))
    apart = max(abs(a - line["vector_loss"]) / a for a, line in zip(losses, log, strict=True))
    difference = movement = 0.0
    for name, parameter in model.named_parameters():
        # Without a gradient, PyTorch leaves the head alone, while dedup applies weight decay to it.
        if name.startswith("deberta."):
            difference += ((parameter - trained[name]) ** 2).sum().item()
            movement += ((parameter - untrained[name]) ** 2).sum().item()
    distance = math.sqrt(difference / movement)
    print(
        f"{STEPS} steps of learning from vectors: loss {losses[0]:.4f} to {losses[-1]:.4f}, which differs by "
        f"{apart:.1e} of it at most; the weights differ by {distance:.1e} of their way"
    )
    return apart < 1e-3 and distance < 1e-2



def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--dedup", help="the binary")
    options = parser.parse_args()

    model, report = DebertaForMaskedLM.from_pretrained(options.model, output_loading_info=True)
    model.eval()  # No dropout.
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
    if difference >= 2e-5:
        return 1
    return 0 if compare_training(options, model, tokenizer) else 1


if __name__ == "__main__":
    sys.exit(main())
