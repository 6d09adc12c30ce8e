// The arithmetic of an encoder: matrix products by oneDNN with weights that are packed ahead, and what lies between
// them in kernels of our own.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Products

typedef enum { DEDUP_F32, DEDUP_BF16, DEDUP_INT8 } dedup_precision;

/// The instruction set that products use, as AVX512_CORE_BF16: the processor's, or less where DNNL_MAX_CPU_ISA says so.
const char *dedup_instruction_set(void);

/// Whether that instruction set has products of this precision that are right and fast.
bool dedup_can_multiply(dedup_precision precision);

/// Products are computed for so many rows at once, at most: tiles.
enum { DEDUP_TILE_ROWS = 256 };

/// How high tiles are that share `rows` out evenly.
size_t dedup_tile_height(size_t rows);

/// How many rows the tile of a product has that needs `rows`: whole tiles where a row's bits would depend on it.
size_t dedup_tile_rows(size_t rows);

/// A weight matrix [outputs, inputs], packed for products of one precision.
typedef struct dedup_weights dedup_weights;

/// Packs a matrix. int8: each output has a scale of its own. Null and a reason when it cannot.
dedup_weights *dedup_weights_pack(const float *matrix, size_t outputs, size_t inputs, dedup_precision precision,
                                  const char **reason);
void dedup_weights_destroy(dedup_weights *weights);

/// int8: what an integer of output i stands for.
const float *dedup_weights_scales(const dedup_weights *weights);
/// int8: the sum of output i's integers.
const int32_t *dedup_weights_sums(const dedup_weights *weights);

/// y = x W^T for a tile of rows. x: [rows, inputs] of float, bf16 or uint8; y: [rows, outputs] of float or, for int8,
/// of int32. `rows` is what dedup_tile_rows gives. Runs on the calling thread alone. False and a reason when it cannot.
bool dedup_multiply(const dedup_weights *weights, const void *x, size_t rows, void *y, const char **reason);

// MARK: Between the products

/// The levels that the kernels are written for.
typedef enum { DEDUP_BASELINE, DEDUP_AVX2, DEDUP_AVX512, DEDUP_AVX512_BF16 } dedup_kernel_level;

/// A tile's integers, and what they stand for: sum * scales[output] * row_scales[row], where sum is
/// integer - row_zeros[row] * sums[output].
typedef struct {
    const int32_t *integers;
    const float *scales;
    const int32_t *sums;
    const float *row_scales;
    const int32_t *row_zeros;
} dedup_integers;

/// Rows of numbers for the next product, in its precision: the first that is not null is written.
typedef struct {
    float *f32;
    uint16_t *bf16;
    uint8_t *u8;
    /// With u8: for each row.
    float *row_scales;
    int32_t *row_zeros;
} dedup_rows;

/// What attention is computed of, for one sequence of `length` rows.
typedef struct {
    /// [length, 3 hidden]: for each head q, k and v of its size.
    const float *qkv;
    /// [hidden] each.
    const float *q_bias, *v_bias;
    size_t length, heads, head_size;
    /// What q + q_bias is multiplied by: log2 e is part of it, since probabilities are taken as powers of two.
    float q_scale;
    /// Relative positions reach so far; 0 for none.
    size_t reach;
    /// The keys and queries of relative positions [2 reach, hidden], or null.
    const float *position_keys, *position_queries;
} dedup_attention;

typedef struct {
    /// y = what the integers stand for.
    void (*dequantize)(const dedup_integers *x, size_t rows, size_t width, float *y);
    /// y = (x - mean) / sqrt(variance + epsilon) * weight + bias, for each row of x + x_bias + residual; written to `y`,
    /// which may be the residual, and for the next product. x_bias and residual may be null.
    void (*layer_norm)(const float *x, const float *x_bias, const float *residual, const float *weight,
                       const float *bias, float epsilon, size_t rows, size_t width, float *y, const dedup_rows *next);
    /// gelu(x + bias) = t (1 + erf(t / sqrt 2)) / 2, for the next product. x is overwritten.
    void (*gelu)(float *x, const float *bias, size_t rows, size_t width, const dedup_rows *next);
    /// Rows for the next product.
    void (*convert)(const float *x, size_t rows, size_t width, const dedup_rows *next);
    /// Bytes of scratch for attention.
    size_t (*attention_scratch)(size_t length, size_t head_size, size_t reach);
    /// y [length, hidden] = softmax(scores) v, for each head.
    void (*attention)(const dedup_attention *a, void *scratch, float *y);
    /// The mean of rows, in their order.
    void (*mean)(const float *x, size_t rows, size_t width, float *y);
} dedup_kernels;

/// The kernels of the best level that the products' instruction set has, or of a lower one; null where it has not.
const dedup_kernels *dedup_kernels_at(dedup_kernel_level level);
dedup_kernel_level dedup_best_kernel_level(void);

#ifdef __cplusplus
}
#endif

#include "Training.h"
