#include "Training.h"
#include "Library.h"

#include <map>
#include <mutex>
#include <tuple>

using namespace dnnl;
using namespace dedup;

namespace {

struct Product {
    matmul primitive;
    memory::desc a, b, c, scratchpad;
};

Product make(const dedup_product &p) {
    using tag = memory::format_tag;
    auto type = p.precision == DEDUP_BF16 ? memory::data_type::bf16 : memory::data_type::f32;
    auto m = memory::dim(p.m), n = memory::dim(p.n), k = memory::dim(p.k);
    memory::desc a({m, k}, type, p.a_transposed ? tag::ba : tag::ab);
    memory::desc b({k, n}, type, p.b_transposed ? tag::ba : tag::ab);
    memory::desc c({m, n}, memory::data_type::f32, tag::ab);
    primitive_attr attributes;
    // Several threads run the same primitive, so each thread passes a scratchpad of its own.
    attributes.set_scratchpad_mode(scratchpad_mode::user);
    if (p.adds) {
        post_ops after;
        after.append_sum(1);
        attributes.set_post_ops(after);
    }
    matmul::primitive_desc made(matmul::desc(a, b, c), attributes, cpu());
    return {matmul(made), a, b, c, made.scratchpad_desc()};
}

// A primitive is made once for each shape, and kept. Callers keep the number of shapes small.
const Product &product(const dedup_product &p) {
    static std::mutex lock;
    static auto &known = *new std::map<std::tuple<size_t, size_t, size_t, bool, bool, bool, int>, Product>;
    std::tuple<size_t, size_t, size_t, bool, bool, bool, int> key(p.m, p.n, p.k, p.a_transposed, p.b_transposed, p.adds,
                                                                  p.precision);
    std::lock_guard<std::mutex> guard(lock);
    auto found = known.find(key);
    if (found == known.end()) found = known.emplace(key, make(p)).first;
    return found->second;
}

} // namespace

bool dedup_product_run(const dedup_product *wanted, const void *a, const void *b, float *c, const char **reason) {
    stay_on_this_thread();
    try {
        auto &made = product(*wanted);
        auto room = scratchpad(made.scratchpad.get_size());
        made.primitive.execute(order(), {{DNNL_ARG_SRC, memory(made.a, cpu(), const_cast<void *>(a))},
                                         {DNNL_ARG_WEIGHTS, memory(made.b, cpu(), const_cast<void *>(b))},
                                         {DNNL_ARG_DST, memory(made.c, cpu(), c)},
                                         {DNNL_ARG_SCRATCHPAD, memory(made.scratchpad, cpu(), room)}});
        order().wait();
        return true;
    } catch (const std::exception &failure) {
        say(reason, failure.what());
        return false;
    }
}
