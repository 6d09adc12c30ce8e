#!/usr/bin/env python3
"""Makes a tiny model in Hugging Face's format, for checks: one layer with a hidden size of 16, random weights, and a
token for every byte. Needs only Python.

    tiny_model.py DIR
"""

import json
import pathlib
import random
import struct
import sys

HIDDEN, INNER, POSITIONS = 16, 24, 64
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]

printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
rest = [byte for byte in range(256) if byte not in printable]
characters = {byte: chr(byte) for byte in printable} | {byte: chr(0x100 + i) for i, byte in enumerate(rest)}
vocabulary = {name: i for i, name in enumerate(SPECIALS + [characters[byte] for byte in range(256)])}


def norm(name):
    return {f"{name}.weight": [HIDDEN], f"{name}.bias": [HIDDEN]}


layer = "encoder.layer.0."
shapes = {
    "embeddings.word_embeddings.weight": [len(vocabulary), HIDDEN],
    "embeddings.position_embeddings.weight": [POSITIONS, HIDDEN],
    **norm("embeddings.LayerNorm"),
    f"{layer}attention.self.in_proj.weight": [3 * HIDDEN, HIDDEN],
    f"{layer}attention.self.q_bias": [HIDDEN],
    f"{layer}attention.self.v_bias": [HIDDEN],
    f"{layer}attention.output.dense.weight": [HIDDEN, HIDDEN],
    f"{layer}attention.output.dense.bias": [HIDDEN],
    **norm(f"{layer}attention.output.LayerNorm"),
    f"{layer}intermediate.dense.weight": [INNER, HIDDEN],
    f"{layer}intermediate.dense.bias": [INNER],
    f"{layer}output.dense.weight": [HIDDEN, INNER],
    f"{layer}output.dense.bias": [HIDDEN],
    **norm(f"{layer}output.LayerNorm"),
}

numbers = random.Random(1)
header, body = {}, b""
for name, shape in shapes.items():
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    start = len(body)
    body += struct.pack(f"<{count}f", *(numbers.uniform(-1, 1) for _ in range(count)))
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, len(body)]}
text = json.dumps(header).encode()

configuration = {
    "model_type": "deberta",
    "hidden_act": "gelu",
    "vocab_size": len(vocabulary),
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "max_position_embeddings": POSITIONS,
    "position_biased_input": True,
    "relative_attention": False,
    "type_vocab_size": 0,
}
tokenizer = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [
        {"id": i, "content": name, "single_word": False, "lstrip": name == "<mask>", "rstrip": False}
        | {"normalized": False, "special": True}
        for i, name in enumerate(SPECIALS)
    ],
    "normalizer": None,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    "post_processor": {
        "type": "RobertaProcessing",
        "sep": ["</s>", 2],
        "cls": ["<s>", 0],
        "trim_offsets": True,
        "add_prefix_space": False,
    },
    "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
(folder / "config.json").write_text(json.dumps(configuration))
(folder / "tokenizer.json").write_text(json.dumps(tokenizer))
(folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
