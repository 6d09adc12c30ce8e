#!/usr/bin/env python3
"""Makes masked-lm/ beside this file: a tiny random DebertaForMaskedLM, and what PyTorch computes in training it.

Needs torch, transformers and safetensors. The result is committed: run this only to change it. model.safetensors is the
untrained model as Hugging Face saves it; training.safetensors holds

    ids        [N, L]  I64, what the model reads
    labels     [N, L]  I64, the ids to be told, -100 elsewhere
    loss       []      F32, of the untrained model
    losses     [20]    F32, before each of 20 steps of AdamW, all on the same batch
    gradient.NAME      F32, of the untrained model, for each of its tensors
    trained.NAME       F32, after the steps
"""

import pathlib

import torch
from safetensors.torch import save_file
from transformers import DebertaConfig, DebertaForMaskedLM

HERE = pathlib.Path(__file__).parent / "masked-lm"

torch.manual_seed(5)
torch.set_num_threads(1)
config = DebertaConfig(
    vocab_size=50, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
    max_position_embeddings=16, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, relative_attention=False,
    pos_att_type=None, type_vocab_size=0, legacy=True,
)
model = DebertaForMaskedLM(config).train()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        parameter.copy_(torch.randn_like(parameter) * 0.3 + (1 if name.endswith("LayerNorm.weight") else 0))
HERE.mkdir(exist_ok=True)
model.save_pretrained(HERE)
# Without id 0: PyTorch gives the padding's embedding no gradient, and padding is never read here.
ids = torch.randint(1, 50, (3, 13))
labels = torch.where(torch.rand(3, 13) < 0.3, torch.randint(0, 50, (3, 13)), -100)
labels[1] = -100

decayed, others = [], []
for name, parameter in model.named_parameters():
    (others if name.endswith("bias") or "LayerNorm" in name else decayed).append(parameter)
optimizer = torch.optim.AdamW(
    [{"params": decayed, "weight_decay": 1e-2}, {"params": others, "weight_decay": 0.0}],
    lr=1e-2, betas=(0.9, 0.98), eps=1e-6,
)
result = {"ids": ids, "labels": labels}
losses = []
for step in range(20):
    optimizer.zero_grad()
    loss = model(input_ids=ids, labels=labels).loss
    loss.backward()
    if step == 0:
        result["loss"] = loss.detach().clone()
        for name, parameter in model.named_parameters():
            result["gradient." + name] = parameter.grad.clone()
    losses.append(loss.item())
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
result["losses"] = torch.tensor(losses)
for name, parameter in model.named_parameters():
    result["trained." + name] = parameter.detach().clone()
save_file(result, HERE / "training.safetensors")
(HERE / "generation_config.json").unlink(missing_ok=True)
