internal import Basics
internal import CEncoder
internal import DeBERTa

/// The matrix products and the other kernels of training, in one precision.
struct TrainingKernels: @unchecked Sendable {
    let precision: Precision
    let table: UnsafePointer<dedup_training>

    /// - Parameter level: the instruction set of the kernels; nil for the best that the processor has.
    /// - Throws: if the processor lacks the instructions, or the precision is int8.
    init(_ precision: Precision, level: Kernels.Level? = nil) throws(Failure) {
        guard precision != .int8 else {
            throw .usage("a model is trained in f32 or bf16, not in int8")
        }
        try precision.check()
        let wanted = level.map { dedup_kernel_level($0.rawValue) } ?? dedup_best_kernel_level()
        guard let table = dedup_training_at(wanted) else {
            throw Failure("this processor lacks the instructions for level \(wanted.rawValue)")
        }
        self.precision = precision
        self.table = table
    }

    /// The size in bytes of a number in an operand.
    var operandSize: Int { precision == .bf16 ? 2 : 4 }

    /// Describes an operand to the kernels that write it.
    func rows(_ operand: UnsafeMutableRawPointer) -> dedup_rows {
        var rows = dedup_rows()
        if precision == .bf16 {
            rows.bf16 = operand.assumingMemoryBound(to: UInt16.self)
        } else {
            rows.f32 = operand.assumingMemoryBound(to: Float.self)
        }
        return rows
    }

    func convert(_ x: UnsafePointer<Float>, rows: Int, width: Int, into operand: UnsafeMutableRawPointer) {
        var next = self.rows(operand)
        table.pointee.convert(x, rows, width, &next)
    }

    // MARK: Products

    /// y [rows, outputs] = x W^T for W [outputs, inputs].
    func multiply(
        _ x: UnsafeRawPointer, _ weights: UnsafeRawPointer, rows: Int, inputs: Int, outputs: Int,
        into y: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        try run(m: rows, n: outputs, k: inputs, a: x, b: weights, bTransposed: true, into: y)
    }

    /// dx [rows, inputs] = dy W for W [outputs, inputs]; with `adds`, dx += dy W.
    func multiplyBack(
        _ dy: UnsafeRawPointer, _ weights: UnsafeRawPointer, rows: Int, inputs: Int, outputs: Int, adds: Bool,
        into dx: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        try run(m: rows, n: inputs, k: outputs, a: dy, b: weights, adds: adds, into: dx)
    }

    /// dW [outputs, inputs] += dy^T x.
    func addWeightGradient(
        _ dy: UnsafeRawPointer, _ x: UnsafeRawPointer, rows: Int, inputs: Int, outputs: Int,
        to gradient: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        try run(m: outputs, n: inputs, k: rows, a: dy, aTransposed: true, b: x, adds: true, into: gradient)
    }

    private func run(
        m: Int, n: Int, k: Int, a: UnsafeRawPointer, aTransposed: Bool = false, b: UnsafeRawPointer,
        bTransposed: Bool = false, adds: Bool = false, into c: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        var product = dedup_product(
            m: m, n: n, k: k, a_transposed: aTransposed, b_transposed: bTransposed, adds: adds,
            precision: precision == .bf16 ? DEDUP_BF16 : DEDUP_F32)
        var reason: UnsafePointer<CChar>?
        guard dedup_product_run(&product, a, b, c, &reason) else {
            throw Failure("cannot multiply: \(reason.map { String(cString: $0) } ?? "out of memory")")
        }
    }
}
