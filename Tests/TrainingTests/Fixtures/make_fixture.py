#!/usr/bin/env python3
"""Makes masked-lm/ beside this file: a tiny DebertaForMaskedLM with random weights, and what PyTorch computes with it.

Needs torch, transformers and safetensors. The result is committed, so run this only to change it. model.safetensors is
the untrained model as Hugging Face saves it. training.safetensors has:

    ids        [N, L]  I64, the input of the model
    labels     [N, L]  I64, the ids to predict, -100 elsewhere
    loss       []      F32, the loss of the untrained model
    losses     [20]    F32, the loss before each of 20 steps of AdamW, all on the same batch
    gradient.NAME      F32, the gradient of each tensor of the untrained model
    trained.NAME       F32, each tensor after the steps

teacher.safetensors is another random model of the same shape. objectives.safetensors has the results of the untrained
model for the other two objectives:

    ids, labels                 [6, L]  I64; rows 0 and 1, 2 and 3, 4 and 5 are pairs
    taught.loss                 []      F32, the mean cross-entropy to the teacher's distributions
    taught.gradient.NAME        F32, the gradient of 0.7 taught.loss + 0.3 times the cross-entropy to the labels
    contrastive.loss            []      F32, InfoNCE of the means of the last states, with temperature 0.1
    contrastive.gradient.NAME   F32, the gradient of contrastive.loss + 0.3 times the cross-entropy to the labels

vectors.safetensors has the same for the loss of a student of a teacher's vectors, with temperature 0.1:

    teacher                     [6, H]  F32, the teacher's vectors of the 6 sequences
    cosine, similarity, contrast, pair  []  F32, the terms of the loss; rows 0 and 1, 4 and 5 are pairs
    gradient.NAME               F32, the gradient of 0.7 cosine + 0.5 similarity + 0.8 contrast + 0.6 pair + 0.3 times
                                the cross-entropy to the labels
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
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
# Id 0 is not used: PyTorch computes no gradient for the embedding of padding, which does not occur in this project.
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


def gradients(name: str, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    model.zero_grad()
    loss.backward()
    return {f"{name}.gradient.{key}": value.grad.clone() for key, value in model.named_parameters()}


model.load_state_dict(load_file(HERE / "model.safetensors"), strict=False)
teacher = DebertaForMaskedLM(config).eval()
with torch.no_grad():
    for name, parameter in teacher.named_parameters():
        parameter.copy_(torch.randn_like(parameter) * 0.3 + (1 if name.endswith("LayerNorm.weight") else 0))
teacher.save_pretrained(HERE / "teacher")
(HERE / "teacher" / "model.safetensors").rename(HERE / "teacher.safetensors")
for file in (HERE / "teacher").iterdir():
    file.unlink()
(HERE / "teacher").rmdir()
ids = torch.randint(1, 50, (6, 9))
labels = torch.where(torch.rand(6, 9) < 0.3, torch.randint(0, 50, (6, 9)), -100)
masked = labels >= 0
output = model(input_ids=ids, labels=labels, output_hidden_states=True)
distributions = torch.softmax(teacher(input_ids=ids).logits[masked], -1).detach()
taught = F.cross_entropy(output.logits[masked], distributions)
result = {"ids": ids, "labels": labels, "taught.loss": taught.detach().clone()}
result |= gradients("taught", 0.3 * output.loss + 0.7 * taught)
output = model(input_ids=ids, labels=labels, output_hidden_states=True)
units = F.normalize(output.hidden_states[-1].mean(1), dim=-1)
scores = units[0::2] @ units[1::2].T / 0.1
own = torch.arange(3)
contrastive = (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2
result["contrastive.loss"] = contrastive.detach().clone()
result |= gradients("contrastive", contrastive + 0.3 * output.loss)
save_file(result, HERE / "objectives.safetensors")


def contrast(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    scores = a @ b.T / 0.1
    own = torch.arange(len(a))
    return (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2


def others(units: torch.Tensor) -> torch.Tensor:
    """The similarities of each row to the other rows."""
    return (units @ units.T / 0.1)[~torch.eye(6, dtype=torch.bool)].view(6, 5)


output = model(input_ids=ids, labels=labels, output_hidden_states=True)
units = F.normalize(output.hidden_states[-1].mean(1), dim=-1)
taught = torch.randn(6, 12)
aims = F.normalize(taught, dim=-1)
terms = {
    "cosine": (1 - (units * aims).sum(1)).mean(),
    "similarity": F.cross_entropy(others(units), torch.softmax(others(aims), -1)),
    "contrast": contrast(units, aims),
    "pair": contrast(units[[0, 4]], units[[1, 5]]),
}
weights = {"cosine": 0.7, "similarity": 0.5, "contrast": 0.8, "pair": 0.6}
result = {"teacher": taught} | {name: term.detach().clone() for name, term in terms.items()}
found = gradients("all", sum(weights[name] * term for name, term in terms.items()) + 0.3 * output.loss)
result |= {name.removeprefix("all."): gradient for name, gradient in found.items()}
save_file(result, HERE / "vectors.safetensors")
