#!/usr/bin/env python3
"""Makes whitening.json beside this file: generated vectors, and the whitening that NumPy fits to them.

Needs numpy. The result is committed, so run this only to change it.
"""

import json
import pathlib

import numpy as np

ROWS, WIDTH, SHRINKAGE = 60, 12, 0.1

random = np.random.default_rng(7)
# The directions have very different variances, and the mean is not at the origin.
mixing = np.linalg.qr(random.normal(size=(WIDTH, WIDTH)))[0] * np.logspace(1, -3, WIDTH)
vectors = (random.normal(size=(ROWS, WIDTH)) @ mixing.T + 5).astype(np.float32)

exact = vectors.astype(np.float64)
mean = exact.mean(0)
covariance = np.cov(exact.T, bias=True)
values, directions = np.linalg.eigh(covariance)
shrunk = (1 - SHRINKAGE) * values + SHRINKAGE * values.mean()
matrix = directions @ np.diag(shrunk**-0.5) @ directions.T

path = pathlib.Path(__file__).with_name("whitening.json")
path.write_text(
    json.dumps(
        {
            "shrinkage": SHRINKAGE,
            "vectors": [[float(x) for x in row] for row in vectors],
            "mean": mean.tolist(),
            "covariance": covariance.tolist(),
            "values": values.tolist(),
            "matrix": matrix.tolist(),
        }
    )
    + "\n"
)
