internal import Basics
internal import CEncoder

/// A weight matrix [outputs, inputs], packed in the layout that matrix products of one precision read fastest.
final class PackedWeights: @unchecked Sendable {
    private let weights: OpaquePointer
    let outputs: Int
    let inputs: Int
    private let precision: Precision

    /// Packs a tensor, and then releases its pages of the mapped file. For int8 products, a tensor that is stored in
    /// int8 is packed as it is, and any other is quantized.
    ///
    /// - Throws: if there is not enough memory.
    convenience init(_ tensor: Tensor, _ precision: Precision) throws(Failure) {
        let (outputs, inputs) = (tensor.shape[0], tensor.shape[1])
        let weights: OpaquePointer
        if precision == .int8 && tensor.type == .int8 {
            weights = try Self.packed(outputs, inputs) { reason in
                dedup_weights_pack_int8(
                    tensor.bytes.assumingMemoryBound(to: Int8.self).baseAddress, tensor.scales, outputs, inputs, &reason
                )
            }
        } else {
            weights = try tensor.withFloats(0..<tensor.count) { values in
                Result { () throws(Failure) in
                    try Self.pack(values.baseAddress!, outputs: outputs, inputs: inputs, precision)
                }
            }.get()
        }
        self.init(weights, outputs: outputs, inputs: inputs, precision)
        tensor.letGo()
    }

    /// Packs a row-major matrix.
    convenience init(_ matrix: [Float], outputs: Int, inputs: Int, _ precision: Precision) throws(Failure) {
        self.init(
            try Self.pack(matrix, outputs: outputs, inputs: inputs, precision), outputs: outputs, inputs: inputs,
            precision)
    }

    private init(_ weights: OpaquePointer, outputs: Int, inputs: Int, _ precision: Precision) {
        self.weights = weights
        self.outputs = outputs
        self.inputs = inputs
        self.precision = precision
    }

    private static func pack(
        _ matrix: UnsafePointer<Float>, outputs: Int, inputs: Int, _ precision: Precision
    ) throws(Failure) -> OpaquePointer {
        try packed(outputs, inputs) { reason in
            dedup_weights_pack(matrix, outputs, inputs, precision.code, &reason)
        }
    }

    private static func packed(
        _ outputs: Int, _ inputs: Int, _ pack: (inout UnsafePointer<CChar>?) -> OpaquePointer?
    ) throws(Failure) -> OpaquePointer {
        var reason: UnsafePointer<CChar>?
        if let weights = pack(&reason) { return weights }
        throw Failure(
            "a matrix of \(outputs) x \(inputs) cannot be packed: \(reason.map { String(cString: $0) } ?? "")")
    }

    deinit {
        dedup_weights_destroy(weights)
    }

    /// The maximum number of rows that one matrix product computes (a tile).
    static let tile = Int(DEDUP_TILE_ROWS)

    /// Splits a number of rows into tiles of about the same height.
    static func tiles(_ rows: Int) -> some Sequence<Range<Int>> {
        let height = dedup_tile_height(rows)
        return stride(from: 0, to: rows, by: height).lazy.map { $0..<min(rows, $0 + height) }
    }

    /// Computes y [rows, outputs] = x W^T for the rows of one tile. `y` needs room for a whole tile, because the unused
    /// rows at its end are computed too.
    ///
    /// - Parameter integers: in int8, room for the integer sums of a whole tile; they are scaled into `y`.
    /// - Throws: if the product fails.
    func multiply(
        _ x: ProductInput, rows: Int, _ kernels: Kernels, integers: UnsafeMutablePointer<Int32>?,
        into y: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        var reason: UnsafePointer<CChar>?
        let tile = dedup_tile_rows(rows)
        let integers = precision == .int8 ? integers : nil
        let target = integers.map { UnsafeMutableRawPointer($0) } ?? UnsafeMutableRawPointer(y)
        guard dedup_multiply(weights, x.bytes, tile, target, &reason) else {
            throw Failure("a matrix product failed: \(reason.map { String(cString: $0) } ?? "")")
        }
        if let integers {
            var sums = dedup_integers(
                integers: integers, scales: dedup_weights_scales(weights), sums: dedup_weights_sums(weights),
                row_scales: x.rows.row_scales, row_zeros: x.rows.row_zeros)
            kernels.table.pointee.dequantize(&sums, rows, outputs, y)
        }
    }
}

/// Rows in the precision that matrix products read: f32, bf16, or int8 with a scale and a zero point for each row.
struct ProductInput {
    let rows: dedup_rows
    private let width: Int

    /// - Parameters:
    ///   - bytes: memory for the rows.
    ///   - width: the number of values in a row.
    ///   - scales: for int8, the scale of each row.
    ///   - zeros: for int8, the zero point of each row.
    init(
        _ precision: Precision, _ bytes: UnsafeMutableRawPointer, width: Int, scales: UnsafeMutablePointer<Float>?,
        zeros: UnsafeMutablePointer<Int32>?
    ) {
        self.width = width
        switch precision {
        case .f32:
            rows = dedup_rows(
                f32: bytes.assumingMemoryBound(to: Float.self), bf16: nil, u8: nil, row_scales: nil, row_zeros: nil)
        case .bf16:
            rows = dedup_rows(
                f32: nil, bf16: bytes.assumingMemoryBound(to: UInt16.self), u8: nil, row_scales: nil, row_zeros: nil)
        case .int8:
            rows = dedup_rows(
                f32: nil, bf16: nil, u8: bytes.assumingMemoryBound(to: UInt8.self), row_scales: scales,
                row_zeros: zeros)
        }
    }

    private init(_ rows: dedup_rows, width: Int) {
        self.rows = rows
        self.width = width
    }

    var bytes: UnsafeRawPointer {
        rows.f32.map { UnsafeRawPointer($0) } ?? rows.bf16.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(rows.u8)
    }

    /// The rows from `first` on, in the same memory.
    func from(_ first: Int) -> ProductInput {
        var rows = rows
        rows.f32 = rows.f32.map { $0 + first * width }
        rows.bf16 = rows.bf16.map { $0 + first * width }
        rows.u8 = rows.u8.map { $0 + first * width }
        rows.row_scales = rows.row_scales.map { $0 + first }
        rows.row_zeros = rows.row_zeros.map { $0 + first }
        return ProductInput(rows, width: width)
    }
}
