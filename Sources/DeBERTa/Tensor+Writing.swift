internal import Basics
internal import CEncoder

/// The types that weights can be exported as.
package enum WeightType: String, Sendable, CaseIterable {
    case f32, bf16
    /// Matrices become int8 with a scale for each row; see `Checkpoint.writeWeights`.
    case int8

    /// The corresponding type of elements.
    package var elements: ElementType {
        switch self {
        case .f32: .f32
        case .bf16: .bf16
        case .int8: .int8
        }
    }
}

extension Tensor {
    /// The number of elements that are converted at a time.
    private static let chunk = 1 << 16

    /// Converts the elements to the wanted type and writes them. Each is rounded to the nearest number of that type;
    /// ties go to the even one, in int8 away from zero.
    ///
    /// - Precondition: only a matrix is converted to int8.
    /// - Parameter name: the name of the tensor, for errors.
    /// - Throws: if the file cannot be written, or a number is too large for the type.
    func write(as wanted: WeightType, to file: borrowing File, name: String) throws(Failure) {
        if wanted.elements == type {
            try file.write(bytes)
            return
        }
        if wanted == .int8 {
            try quantize(file.path, name) { integers, _ throws(Failure) in try file.write(integers) }
            return
        }
        var floats = Buffer<Float>(capacity: Self.chunk)
        var rounded = Buffer<UInt16>(capacity: Self.chunk)
        for start in stride(from: 0, to: count, by: Self.chunk) {
            try read(start..<min(count, start + Self.chunk), into: &floats)
            if wanted == .f32 {
                try file.write(floats.bytes)
                continue
            }
            rounded.removeAll()
            for number in floats.elements {
                let bits = ElementType.bfloat16(number)
                if bits & 0x7F80 == 0x7F80 && number.isFinite { throw Self.tooLarge(number, .bf16, file.path, name) }
                rounded.append(bits)
            }
            try file.write(rounded.bytes)
        }
    }

    /// Writes the scale of each row of the matrix in int8.
    ///
    /// - Throws: if the file cannot be written, or a number is not finite or too large for int8.
    func writeScales(to file: borrowing File, name: String) throws(Failure) {
        if type == .int8 {
            let result = scales.withUnsafeBytes { bytes in Result { () throws(Failure) in try file.write(bytes) } }
            try result.get()
            return
        }
        try quantize(file.path, name) { _, scales throws(Failure) in try file.write(scales) }
    }

    /// Quantizes the matrix in the way in which int8 products quantize weights, and passes on the integers and scales
    /// of some rows at a time.
    private func quantize(
        _ path: String, _ name: String,
        _ use: (_ integers: UnsafeRawBufferPointer, _ scales: UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let columns = shape[1]
        let rows = max(1, Self.chunk / max(1, columns))
        let largest = 127 * SafetensorsHeader.scaleRange.upperBound
        var floats = Buffer<Float>(capacity: rows * columns)
        var integers = Buffer<Int8>(capacity: rows * columns)
        var scales = Buffer<Float>(capacity: rows)
        for start in stride(from: 0, to: shape[0], by: rows) {
            let count = min(rows, shape[0] - start)
            try read(start * columns..<(start + count) * columns, into: &floats)
            if let number = floats.elements.first(where: { !($0.magnitude <= largest) }) {
                throw Self.tooLarge(number, .int8, path, name)
            }
            integers.removeAll()
            scales.removeAll()
            dedup_quantize(floats.base, count, columns, integers.reserve(count * columns), scales.reserve(count))
            integers.advance(count * columns)
            scales.advance(count)
            try use(integers.bytes, scales.bytes)
        }
    }

    private func read(_ range: Range<Int>, into floats: inout Buffer<Float>) throws(Failure) {
        floats.removeAll()
        read(range, into: floats.reserve(range.count))
        floats.advance(range.count)
    }

    private static func tooLarge(_ number: Float, _ type: WeightType, _ path: String, _ name: String) -> Failure {
        Failure(
            "\(path): tensor \(quoted(name)) has the number \(number.isNaN ? "NaN" : "\(number)"), which is too large for "
                + "\(type.rawValue); use f32")
    }
}

extension ElementType {
    /// The bits of the bf16 number nearest to `number`, ties to even. NaN stays NaN.
    static func bfloat16(_ number: Float) -> UInt16 {
        let bits = number.bitPattern
        if number.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
