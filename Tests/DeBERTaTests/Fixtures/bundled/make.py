#!/usr/bin/env python3
"""Makes expected.safetensors: the ids and states that Hugging Face computes for sentences.json with the bundled model.

    dedup train export --model Sources/CommandLine/Model --dtype f32 --out f32/
    python3 Tests/DeBERTaTests/Fixtures/bundled/make.py f32/

Hugging Face cannot load int8 weights, so they are written as f32 before. Needs torch, transformers, tokenizers and
safetensors. Run it when the bundled model changes. The tests compare the
encoder and the tokenizer with this file. For each sentence N, counted from 0, it has:

    N.ids    [L]  I64, truncated to the number of positions of the model
    N.first  [D]  F32, the state of the first token after the last layer
    N.mean   [D]  F32, the mean of the states of all tokens
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import DebertaModel

HERE = pathlib.Path(__file__).parent


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("give the folder of the model; see the head of this file")
    folder = pathlib.Path(sys.argv[1])
    model, report = DebertaModel.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    # The head used in training is not part of the encoder, so its tensors are unexpected but no fault.
    if faults := {key: value for key, value in report.items() if value and key != "unexpected_keys"}:
        sys.exit(f"{folder}: {faults}")
    model.eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(model.config.max_position_embeddings)
    tensors = {}
    for number, text in enumerate(json.loads((HERE / "sentences.json").read_text(encoding="utf-8"))):
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            states = model(ids).last_hidden_state[0]
        tensors |= {
            f"{number}.ids": ids[0], f"{number}.first": states[0].clone(), f"{number}.mean": states.double().mean(0).float()}
    save_file(tensors, HERE / "expected.safetensors")
    print(f"{len(tensors) // 3} sentences, {sum(len(ids) for name, ids in tensors.items() if name.endswith('ids'))} tokens")


if __name__ == "__main__":
    main()
