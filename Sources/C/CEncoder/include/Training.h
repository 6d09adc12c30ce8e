// What training needs beyond CEncoder.h: products of matrices that are not packed, and kernels for the forward and the
// backward pass.
#pragma once
#include "CEncoder.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The product c = a b, or c += a b, of a [m, k] and b [k, n]. All matrices are row-major.
typedef struct {
    size_t m, n, k;
    /// Whether a is stored as [k, m], and b as [n, k].
    bool a_transposed, b_transposed;
    /// Whether the product is added to c.
    bool adds;
    /// The type of a and b: DEDUP_F32 or DEDUP_BF16. c is float.
    dedup_precision precision;
} dedup_product;

/// Computes on the calling thread only. Returns false and sets `reason` if it fails.
bool dedup_product_run(const dedup_product *product, const void *a, const void *b, float *c, const char **reason);

/// The dropout of some rows. Whether a number is dropped is a function of the key of its row, the place in the model,
/// and its index in the row.
typedef struct {
    /// A number is kept if 32 random bits are at least this; 0 keeps all numbers.
    uint32_t threshold;
    /// The factor of the numbers that are kept.
    float scale;
    /// Identifies the operation of the model to which dropout is applied. Each operation drops other numbers.
    uint64_t place;
    /// A key for each row.
    const uint64_t *row_keys;
} dedup_dropout;

/// Attention within one sequence of `length` rows. Dropout in head i uses the place `dropout.place` + i.
typedef struct {
    /// [length, 3 hidden]: for each head its q, k and v, of head_size numbers each.
    const float *qkv;
    /// [hidden] each.
    const float *q_bias, *v_bias;
    size_t length, heads, head_size;
    /// The factor of q + q_bias.
    float q_scale;
    dedup_dropout dropout;
} dedup_trained_attention;

/// The constants of one step of AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019).
typedef struct {
    float learning_rate, beta1, beta2, epsilon, weight_decay;
    /// 1 - beta^step for each beta.
    float correction1, correction2;
    /// Gradients are multiplied by this first, so that their norm is limited.
    float gradient_scale;
} dedup_adamw;

/// The predictions of a teacher for the rows of a cross-entropy.
typedef struct {
    /// [rows, width]
    const float *probabilities;
    /// The weight of the cross-entropy to the teacher in the gradient. The cross-entropy to the labels has 1 - share.
    float share;
    /// Is increased by the cross-entropy to the teacher of each row.
    double loss;
} dedup_taught;

/// Unless a comment says otherwise, gradients are added to what is there. The rows for the next product are f32 or
/// bf16.
typedef struct {
    /// Converts rows for the next product.
    void (*convert)(const float *x, size_t rows, size_t width, const dedup_rows *next);
    /// y = x times the dropout factor (0 or scale), for the forward and the backward pass. y may be x.
    void (*drop)(const float *x, const dedup_dropout *dropout, size_t rows, size_t width, float *y,
                 const dedup_rows *next);
    /// y [rows, width] = words[ids] + positions[places].
    void (*embed)(const float *words, const float *positions, const int32_t *ids, const int32_t *places, size_t rows,
                  size_t width, float *y);
    void (*embed_backward)(const float *dy, const int32_t *ids, const int32_t *places, size_t rows, size_t width,
                           float *word_gradient, float *position_gradient);
    /// s = drop(x + x_bias) + residual; inverses = 1 / sqrt(variance + epsilon) of each row; normalized = (s - mean) *
    /// inverse; y = normalized * weight + bias, also written for the next product. x_bias and residual may be null.
    void (*norm)(const float *x, const float *x_bias, const float *residual, const dedup_dropout *dropout,
                 const float *weight, const float *bias, float epsilon, size_t rows, size_t width, float *normalized,
                 float *inverses, float *y, const dedup_rows *next);
    /// Sets ds, the gradient of s, and writes the gradient of x for the next product. ds may be dy. x_bias_gradient may
    /// be null.
    void (*norm_backward)(const float *dy, const float *normalized, const float *inverses, const float *weight,
                          const dedup_dropout *dropout, size_t rows, size_t width, float *ds, const dedup_rows *next,
                          float *weight_gradient, float *bias_gradient, float *x_bias_gradient);
    /// x += bias; writes gelu(x) = x (1 + erf(x / sqrt 2)) / 2 for the next product.
    void (*gelu)(float *x, const float *bias, size_t rows, size_t width, const dedup_rows *next);
    /// Replaces dy by the gradient of x, which is also written for the next product.
    void (*gelu_backward)(float *dy, const float *x, size_t rows, size_t width, const dedup_rows *next,
                          float *bias_gradient);
    /// The number of scratch bytes that attention needs.
    size_t (*attention_scratch)(size_t length, size_t head_size);
    /// y [length, hidden] = drop(softmax(scores)) v for each head; log_sums [length, heads] = log(sum(exp(scores))),
    /// for the backward pass.
    void (*attention)(const dedup_trained_attention *a, void *scratch, float *log_sums, float *y);
    /// Sets dqkv [length, 3 hidden].
    void (*attention_backward)(const dedup_trained_attention *a, void *scratch, const float *log_sums, const float *dy,
                               float *dqkv, float *q_bias_gradient, float *v_bias_gradient);
    /// The cross-entropy of softmax(logits + bias) to the labels. Adds each row's cross-entropy to *loss, and the
    /// number of rows whose largest logit is that of the label to *correct. If `next` is not null, the gradient
    /// (softmax - label) * scale is written to `next` and to logits. With a teacher it is the gradient of both
    /// cross-entropies, weighted by share. The logits are overwritten in any case.
    void (*cross_entropy)(float *logits, const float *bias, const int32_t *labels, size_t rows, size_t width,
                          float scale, double *loss, size_t *correct, const dedup_rows *next, float *bias_gradient,
                          dedup_taught *taught);
    /// logits = softmax(logits + bias) of each row.
    void (*probabilities)(float *logits, const float *bias, size_t rows, size_t width);
    /// y += x
    void (*add)(const float *x, size_t count, float *y);
    double (*sum_of_squares)(const float *x, size_t count);
    void (*adamw)(const dedup_adamw *step, const float *gradient, size_t count, float *weights, float *first_moment,
                  float *second_moment);
} dedup_training;

/// The training kernels of a level; null if the processor lacks its instructions.
const dedup_training *dedup_training_at(dedup_kernel_level level);

#ifdef __cplusplus
}
#endif
