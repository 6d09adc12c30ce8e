#include "CEncoder.h"
#include "Library.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

using namespace dnnl;
using namespace dedup;

namespace {

bool has(cpu_isa isa) {
    // Each instruction set includes the bits of all smaller ones, except for the two with 256-bit VNNI.
    auto value = static_cast<int>(get_effective_cpu_isa());
    return (value & static_cast<int>(isa)) == static_cast<int>(isa);
}

memory::data_type input_type(dedup_precision precision) {
    switch (precision) {
    case DEDUP_BF16: return memory::data_type::bf16;
    case DEDUP_INT8: return memory::data_type::u8;
    default: return memory::data_type::f32;
    }
}

// The matrix product of one shape and precision, with a oneDNN primitive for each number of rows that was requested.
// All layers with weights of this shape share it.
class Shape {
public:
    Shape(size_t inputs, size_t outputs, dedup_precision precision)
        : inputs(memory::dim(inputs)), outputs(memory::dim(outputs)), precision(precision),
          packed(description(DEDUP_TILE_ROWS).weights_desc()) {}

    const memory::dim inputs, outputs;
    const dedup_precision precision;
    // The layout of packed weights.
    const memory::desc packed;

    memory::data_type weight_type() const {
        return precision == DEDUP_INT8 ? memory::data_type::s8 : input_type(precision);
    }

    struct Product {
        matmul primitive;
        memory::desc x, y, scratchpad;
    };

    const Product &product(size_t rows) {
        auto &slot = products[rows / 16];
        if (auto known = slot.load(std::memory_order_acquire)) return *known;
        std::lock_guard<std::mutex> guard(lock);
        if (auto known = slot.load(std::memory_order_acquire)) return *known;
        auto made = description(rows, &packed);
        auto product =
            new Product{matmul(made), made.src_desc(), made.dst_desc(), made.scratchpad_desc()};
        slot.store(product, std::memory_order_release);
        return *product;
    }

    static Shape &of(size_t inputs, size_t outputs, dedup_precision precision) {
        static std::mutex lock;
        static auto &known = *new std::map<std::tuple<size_t, size_t, int>, std::unique_ptr<Shape>>;
        std::lock_guard<std::mutex> guard(lock);
        auto &shape = known[{inputs, outputs, precision}];
        if (!shape) shape = std::make_unique<Shape>(inputs, outputs, precision);
        return *shape;
    }

private:
    std::mutex lock;
    std::atomic<const Product *> products[DEDUP_TILE_ROWS / 16 + 1] = {};

    matmul::primitive_desc description(size_t rows, const memory::desc *weights = nullptr) const {
        using tag = memory::format_tag;
        auto count = memory::dim(rows);
        auto result = precision == DEDUP_INT8 ? memory::data_type::s32 : memory::data_type::f32;
        matmul::desc wanted(memory::desc({count, inputs}, input_type(precision), tag::ab),
                            weights ? *weights : memory::desc({inputs, outputs}, weight_type(), tag::any),
                            memory::desc({count, outputs}, result, tag::ab));
        // Several threads run the same primitive, so each thread passes a scratchpad of its own.
        primitive_attr attributes;
        attributes.set_scratchpad_mode(scratchpad_mode::user);
        auto made = matmul::primitive_desc(wanted, attributes, cpu());
        // Where oneDNN has no kernel, it falls back to a slow loop without blocks or vectors.
        if (strncmp(made.impl_info_str(), "ref", 3) == 0)
            throw error(dnnl_unimplemented, "oneDNN has no fast product of this precision for this processor");
        return made;
    }
};

} // namespace

struct dedup_weights {
    Shape &shape;
    void *packed;
    std::vector<float> scales;
    std::vector<int32_t> sums;
    ~dedup_weights() { std::free(packed); }
};

const char *dedup_instruction_set(void) {
    switch (get_effective_cpu_isa()) {
    case cpu_isa::sse41: return "SSE41";
    case cpu_isa::avx: return "AVX";
    case cpu_isa::avx2: return "AVX2";
    case cpu_isa::avx2_vnni: return "AVX2_VNNI";
    case cpu_isa::avx512_core: return "AVX512_CORE";
    case cpu_isa::avx512_core_vnni: return "AVX512_CORE_VNNI";
    case cpu_isa::avx512_core_bf16: return "AVX512_CORE_BF16";
    case cpu_isa::avx512_core_amx: return "AVX512_CORE_AMX";
    default: return "other";
    }
}

bool dedup_can_multiply(dedup_precision precision) {
    switch (precision) {
    case DEDUP_BF16: return has(cpu_isa::avx512_core_bf16);
    // Without VNNI, the sums of two products saturate at 16 bits, so results would be wrong.
    case DEDUP_INT8: return has(cpu_isa::avx512_core_vnni);
    default: return true;
    }
}

// With AVX-512, the bits of a row do not depend on the number of rows. With AVX2 they do; for AMX it is not known.
static bool has_free_height() { return has(cpu_isa::avx512_core) && !has(cpu_isa::avx512_core_amx); }

static size_t in_sixteens(size_t rows) { return (rows + 15) / 16 * 16; }

size_t dedup_tile_height(size_t rows) {
    if (!has_free_height() || rows == 0) return DEDUP_TILE_ROWS;
    size_t tiles = (rows + DEDUP_TILE_ROWS - 1) / DEDUP_TILE_ROWS;
    return in_sixteens((rows + tiles - 1) / tiles);
}

size_t dedup_tile_rows(size_t rows) { return has_free_height() ? in_sixteens(rows) : DEDUP_TILE_ROWS; }

void dedup_quantize(const float *matrix, size_t rows, size_t columns, int8_t *integers, float *scales) {
    for (size_t i = 0; i < rows; i++, matrix += columns, integers += columns) {
        float largest = 0;
        for (size_t k = 0; k < columns; k++) largest = std::max(largest, std::fabs(matrix[k]));
        // The inverse of a smaller scale would be infinite.
        bool is_zero = largest < 1e-36f;
        float inverse = is_zero ? 0 : 127 / largest;
        for (size_t k = 0; k < columns; k++) {
            auto rounded = static_cast<int32_t>(matrix[k] * inverse + (matrix[k] < 0 ? -0.5f : 0.5f));
            integers[k] = static_cast<int8_t>(std::max(-127, std::min(127, rounded)));
        }
        scales[i] = is_zero ? 1 : largest / 127;
    }
}

// Reorders a row-major matrix [outputs, inputs] into the packed layout of its shape.
static std::unique_ptr<dedup_weights> pack(const void *matrix, memory::data_type type, size_t outputs, size_t inputs,
                                           dedup_precision precision) {
    auto &shape = Shape::of(inputs, outputs, precision);
    std::unique_ptr<dedup_weights> made(new dedup_weights{shape, aligned(shape.packed.get_size()), {}, {}});
    if (!made->packed) throw std::bad_alloc();
    memory source(memory::desc({memory::dim(inputs), memory::dim(outputs)}, type, memory::format_tag::ba), cpu(),
                  const_cast<void *>(matrix));
    memory target(shape.packed, cpu(), made->packed);
    stream order(cpu());
    reorder(source, target).execute(order, source, target);
    order.wait();
    return made;
}

dedup_weights *dedup_weights_pack(const float *matrix, size_t outputs, size_t inputs, dedup_precision precision,
                                  const char **reason) {
    stay_on_this_thread();
    try {
        if (precision != DEDUP_INT8)
            return pack(matrix, memory::data_type::f32, outputs, inputs, precision).release();
        std::vector<int8_t> integers(outputs * inputs);
        std::vector<float> scales(outputs);
        dedup_quantize(matrix, outputs, inputs, integers.data(), scales.data());
        return dedup_weights_pack_int8(integers.data(), scales.data(), outputs, inputs, reason);
    } catch (const std::exception &failure) {
        say(reason, failure.what());
        return nullptr;
    }
}

dedup_weights *dedup_weights_pack_int8(const int8_t *integers, const float *scales, size_t outputs, size_t inputs,
                                       const char **reason) {
    stay_on_this_thread();
    try {
        auto made = pack(integers, memory::data_type::s8, outputs, inputs, DEDUP_INT8);
        made->scales.assign(scales, scales + outputs);
        made->sums.resize(outputs);
        for (size_t output = 0; output < outputs; output++) {
            auto row = integers + output * inputs;
            made->sums[output] = std::accumulate(row, row + inputs, int32_t(0));
        }
        return made.release();
    } catch (const std::exception &failure) {
        say(reason, failure.what());
        return nullptr;
    }
}

void dedup_weights_destroy(dedup_weights *weights) { delete weights; }
const float *dedup_weights_scales(const dedup_weights *weights) { return weights->scales.data(); }
const int32_t *dedup_weights_sums(const dedup_weights *weights) { return weights->sums.data(); }

bool dedup_multiply(const dedup_weights *weights, const void *x, size_t rows, void *y, const char **reason) {
    stay_on_this_thread();
    try {
        auto &product = weights->shape.product(rows);
        auto room = scratchpad(product.scratchpad.get_size());
        product.primitive.execute(order(), {{DNNL_ARG_SRC, memory(product.x, cpu(), const_cast<void *>(x))},
                                          {DNNL_ARG_WEIGHTS, memory(weights->shape.packed, cpu(), weights->packed)},
                                          {DNNL_ARG_DST, memory(product.y, cpu(), y)},
                                          {DNNL_ARG_SCRATCHPAD, memory(product.scratchpad, cpu(), room)}});
        order().wait();
        return true;
    } catch (const std::exception &failure) {
        say(reason, failure.what());
        return false;
    }
}
