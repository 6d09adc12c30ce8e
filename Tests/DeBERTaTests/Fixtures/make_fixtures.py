#!/usr/bin/env python3
"""Makes the models beside this file: tiny models with random weights, and the states that DebertaModel computes.

Needs torch, transformers and safetensors. The models are committed, so run this only to change them. Each model has a
folder with config.json, the weights, and expected.safetensors. The latter has for each sequence N:

    N.ids     [L]     I64
    N.types   [L]     I64, if the model has token types
    N.mask    [L]     I64, if some positions are masked
    N.states  [L, D]  F32, the states after the last layer
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from transformers import DebertaConfig, DebertaModel

HERE = pathlib.Path(__file__).parent
COMMON = dict(vocab_size=64, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24)

# The name and the configuration of each model, and how its weights are stored.
MODELS = [
    ("absolute", dict(max_position_embeddings=32), dict(buffer=True)),
    # Both kinds of relative attention. One sequence is longer than their reach.
    (
        "disentangled",
        dict(max_position_embeddings=24, relative_attention=True, position_biased_input=False, pos_att_type="c2p|P2C"),
        dict(shards=2),
    ),
    (
        "content-to-position",
        dict(
            max_position_embeddings=32,
            relative_attention=True,
            position_biased_input=False,
            pos_att_type=["c2p"],
            max_relative_positions=6,
            num_attention_heads=2,
        ),
        dict(type=torch.float16),
    ),
    (
        "position-to-content",
        dict(
            max_position_embeddings=40,
            relative_attention=True,
            pos_att_type=["p2c"],
            max_relative_positions=5,
            type_vocab_size=2,
            layer_norm_eps=1e-5,
        ),
        dict(prefix="deberta.", stray=True, buffer=True),
    ),
    ("projected", dict(max_position_embeddings=32, embedding_size=12), dict(type=torch.bfloat16)),
    # No relative attention, but the names of its kinds are in the configuration: they scale the scores all the same.
    ("scaled", dict(max_position_embeddings=32, pos_att_type=["c2p", "p2p"]), dict()),
]


def randomize(model, generator):
    """Sets random weights. Attention varies enough to matter, and a missing bias or norm would change the results."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "LayerNorm.weight" in name:
            parameter.data = 1 + 0.3 * noise
        elif parameter.dim() == 1:
            parameter.data = 0.3 * noise
        elif "embeddings" in name and "proj" not in name:
            parameter.data = noise
        else:
            parameter.data = 1.5 * noise / parameter.shape[1] ** 0.5


def save(folder, model, storage):
    state = {
        storage.get("prefix", "") + name: tensor.to(storage.get("type", torch.float32)).contiguous()
        for name, tensor in model.state_dict().items()
    }
    if storage.get("buffer"):
        positions = torch.arange(model.config.max_position_embeddings).unsqueeze(0)
        state[storage.get("prefix", "") + "embeddings.position_ids"] = positions
    if storage.get("stray"):
        state["cls.predictions.bias"] = torch.zeros(model.config.vocab_size)
    shards = storage.get("shards", 1)
    if shards == 1:
        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(state)
    weight_map = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05d}-of-{shards:05d}.safetensors"
        part = {name: state[name] for name in names[shard::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        weight_map.update({name: file for name in part})
    index = {"metadata": {"total_size": sum(t.nbytes for t in state.values())}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1, sort_keys=True) + "\n")


def sequences(config, generator):
    lengths = [1, 2, 7, 23, 12]
    if not config.position_biased_input:
        lengths[3] = config.max_position_embeddings + 6
    for number, length in enumerate(lengths):
        sequence = {"ids": torch.randint(config.vocab_size, (length,), generator=generator)}
        if config.type_vocab_size:
            sequence["types"] = torch.randint(config.type_vocab_size, (length,), generator=generator)
        if number == 4:
            sequence["mask"] = torch.tensor([1] * 4 + [0] + [1] * 4 + [0] * 3)
        yield number, sequence


def main():
    torch.set_num_threads(1)
    for seed, (name, settings, storage) in enumerate(MODELS):
        generator = torch.Generator().manual_seed(seed)
        config = DebertaConfig(**(COMMON | settings))
        model = DebertaModel(config).eval()
        randomize(model, generator)
        # The weights are rounded to the stored type before the states are computed.
        model.to(storage.get("type", torch.float32)).to(torch.float32)
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        config.architectures = ["DebertaModel"]
        config.save_pretrained(folder)
        if "pos_att_type" in settings:
            # Writes pos_att_type as a person would, not in the form that the class converts it to.
            written = json.loads((folder / "config.json").read_text()) | {"pos_att_type": settings["pos_att_type"]}
            (folder / "config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")
        save(folder, model, storage)
        expected = {}
        for number, sequence in sequences(config, generator):
            inputs = dict(input_ids="ids", token_type_ids="types", attention_mask="mask")
            arguments = {key: sequence[part].unsqueeze(0) for key, part in inputs.items() if part in sequence}
            with torch.no_grad():
                states = model(**arguments).last_hidden_state[0]
            for part, tensor in (sequence | {"states": states}).items():
                expected[f"{number}.{part}"] = tensor.contiguous()
        save_file(expected, folder / "expected.safetensors")
        for file in folder.iterdir():
            file.chmod(0o644)
        print(name, sum(p.numel() for p in model.parameters()), "parameters")


main()
