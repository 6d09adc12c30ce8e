"""Writes logistic.json: a small data set and the logistic regression that scikit-learn fits to it.

    python3 make_logistic.py > logistic.json        (needs numpy and scikit-learn)
"""
import json

import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

random = numpy.random.default_rng(5)
rows, width = 120, 6
# The values are multiples of 1/64, so they are exact in single precision.
features = numpy.round(random.normal(size=(rows, width)) * [1, 5, 0.25, 30, 1, 1] * 64) / 64
features[:, 4] = features[:, 0] + numpy.round(random.normal(size=rows) * 4) / 64  # nearly equal to column 0
features[:, 5] = 3  # a constant column
logits = features @ [1.2, -0.2, 2, 0.02, 0, 0] + 1 + random.normal(size=rows)
labels = logits > 0
weights = numpy.round(random.uniform(0.5, 2, size=rows) * 8) / 8

fits = []
for weighted in [False, True]:
    weight = weights if weighted else numpy.ones(rows)
    scaler = StandardScaler().fit(features, sample_weight=weight)
    # scikit-learn balances the classes by their numbers of rows, this project by the sums of their weights.
    good, bad = weight[labels].sum(), weight[~labels].sum()
    balanced = weight * numpy.where(labels, weight.sum() / (2 * good), weight.sum() / (2 * bad))
    for c in [0.05, 1, 20]:
        model = LogisticRegression(C=c, tol=1e-12, max_iter=100000)
        if weighted:
            model.fit(scaler.transform(features), labels, sample_weight=balanced)
        else:
            model.class_weight = "balanced"
            model.fit(scaler.transform(features), labels)
        fits.append(
            {
                "c": c,
                "weighted": weighted,
                "means": scaler.mean_.tolist(),
                "scales": scaler.scale_.tolist(),
                "weights": model.coef_[0].tolist(),
                "bias": model.intercept_[0],
            }
        )
print(
    json.dumps(
        {
            "width": width,
            "features": features.ravel().tolist(),
            "labels": labels.tolist(),
            "weights": weights.tolist(),
            "fits": fits,
        }
    )
)
