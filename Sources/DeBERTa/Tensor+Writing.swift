internal import Basics

/// The types that weights can be exported as.
package enum WeightType: String, Sendable, CaseIterable {
    case f32, bf16

    /// The corresponding type of elements.
    package var elements: ElementType { self == .f32 ? .f32 : .bf16 }
}

extension Tensor {
    /// The number of elements that are converted at a time.
    private static let chunk = 1 << 16

    /// Converts the elements to the wanted type and writes them. Each is rounded to the nearest number of that type;
    /// ties go to the even one.
    ///
    /// - Parameter name: the name of the tensor, for errors.
    /// - Throws: if the file cannot be written, or a number is too large for the type.
    func write(as wanted: WeightType, to file: borrowing File, name: String) throws(Failure) {
        if wanted.elements == type {
            try file.write(bytes)
            return
        }
        var floats = Buffer<Float>(capacity: Self.chunk)
        var rounded = Buffer<UInt16>(capacity: Self.chunk)
        for start in stride(from: 0, to: count, by: Self.chunk) {
            let range = start..<min(count, start + Self.chunk)
            floats.removeAll()
            read(range, into: floats.reserve(range.count))
            floats.advance(range.count)
            switch wanted {
            case .f32: try file.write(floats.bytes)
            case .bf16:
                rounded.removeAll()
                for number in floats.elements {
                    let bits = ElementType.bfloat16(number)
                    if bits & 0x7F80 == 0x7F80 && number.isFinite {
                        throw Failure(
                            "\(file.path): tensor \(quoted(name)) has the number \(number), which is too large for "
                                + "bf16; use f32")
                    }
                    rounded.append(bits)
                }
                try file.write(rounded.bytes)
            }
        }
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
