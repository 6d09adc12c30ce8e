#!/usr/bin/env python3
"""Does the same as training-bench, with PyTorch in bf16 autocast: python3 pytorch.py [THREADS [LAYERS [HIDDEN]]].

Needs torch and transformers. It uses BertModel, because DebertaModel does not run under autocast; without relative
attention both compute the same. Logits are computed for masked positions only.
"""
import sys
import time

import torch
from transformers import BertConfig, BertModel

threads, layers, hidden = (list(map(int, sys.argv[1:])) + [2, 6, 256][len(sys.argv) - 1 :])[:3]
torch.set_num_threads(threads)
torch.manual_seed(1)
config = BertConfig(
    vocab_size=8000, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=hidden // 64,
    intermediate_size=4 * hidden, max_position_embeddings=512,
)
model = BertModel(config, add_pooling_layer=False).train()
head = torch.nn.Sequential(torch.nn.Linear(hidden, hidden), torch.nn.GELU(), torch.nn.LayerNorm(hidden))
bias = torch.nn.Parameter(torch.zeros(8000))
parameters = [*model.parameters(), *head.parameters(), bias]
optimizer = torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.98), eps=1e-6, weight_decay=1e-2)
ids = torch.randint(0, 8000, (64, 128))
masked = torch.rand(64, 128) < 0.15
steps = 6
for step in range(steps + 1):
    if step == 1:
        start, used = time.perf_counter(), time.process_time()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = model(input_ids=ids).last_hidden_state[masked]
        logits = head(states) @ model.embeddings.word_embeddings.weight.T + bias
    loss = torch.nn.functional.cross_entropy(logits.float(), ids[masked])
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
tokens = steps * ids.numel()
print(
    f"PyTorch, {layers} x {hidden}, {threads} threads: {tokens / (time.perf_counter() - start):.0f} tokens/s, "
    f"{tokens / (time.process_time() - used):.0f} for each second of a processor"
)
