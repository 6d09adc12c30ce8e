#!/usr/bin/env python3
"""Writes an untrained model with the shape and the tokenizer of another model.

    python3 Training/untrained.py MODEL OUT [--seed N]
"""
import argparse
import pathlib

from evaluation import untrained

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path, help="a new folder")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    untrained(options.model, options.out, options.seed)
