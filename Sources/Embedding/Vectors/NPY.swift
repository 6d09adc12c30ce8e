internal import Basics
internal import Pipelines

/// NumPy's array file format, version 1.0, as far as vectors need it: a header of `headerSize` bytes, followed by rows
/// of little-endian numbers.
///
/// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
enum NPY {
    /// The size of the header, in bytes. It does not depend on the number of rows, because the header is written before
    /// the rows are counted, and again afterwards.
    static let headerSize = 128

    static func header(rows: Int, dimensions: Int, _ type: VectorType) -> [UInt8] {
        let description = type == .float32 ? "<f4" : "<f2"
        let text = "{'descr': '\(description)', 'fortran_order': False, 'shape': (\(rows), \(dimensions)), }"
        let length = headerSize - 10
        var header: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
        header += Array(text.utf8)
        header += [UInt8](repeating: UInt8(ascii: " "), count: headerSize - 1 - header.count)
        return header + [UInt8(ascii: "\n")]
    }

    /// Returns the size of a file in bytes; `Int64.max` for impossible numbers, which a damaged record may have.
    static func size(rows: Int, dimensions: Int, _ type: VectorType) -> Int64 {
        let most = 1 << 40
        guard (0..<most).contains(rows), (0..<1 << 20).contains(dimensions) else { return .max }
        return Int64(headerSize) + Int64(rows) * Int64(dimensions) * Int64(type.size)
    }

    /// Reads consecutive numbers from the bytes of a file.
    ///
    /// - Parameters:
    ///   - start: the offset of the first number, a multiple of its size.
    ///   - numbers: a buffer for `count` numbers.
    static func read(
        _ bytes: UnsafeRawBufferPointer, at start: Int, count: Int, _ type: VectorType,
        into numbers: UnsafeMutablePointer<Float>
    ) {
        switch type {
        case .float32:
            for i in 0..<count {
                let bits = bytes.load(fromByteOffset: start + i * 4, as: UInt32.self)
                numbers[i] = Float(bitPattern: UInt32(littleEndian: bits))
            }
        case .float16:
            for i in 0..<count {
                let bits = bytes.load(fromByteOffset: start + i * 2, as: UInt16.self)
                numbers[i] = Half.value(UInt16(littleEndian: bits))
            }
        }
    }
}

/// Conversion of IEEE 754 half-precision numbers, in software, so that the result is the same on every processor.
package enum Half {
    /// Rounds to the nearest number, ties to even. Numbers that are too large become infinite.
    package static func bits(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
        let magnitude = bits & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
        // 65520 and above round to infinity.
        if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
        if magnitude < 0x3880_0000 {
            // Below the smallest normal number, 2^-14, numbers are multiples of 2^-24.
            if magnitude < 0x3300_0000 { return sign }
            let shift = 126 - (magnitude >> 23)
            return sign | UInt16(rounded((magnitude & 0x7F_FFFF) | 0x80_0000, dropping: shift))
        }
        return sign | UInt16(rounded(magnitude - 0x3800_0000, dropping: 13))
    }

    private static func rounded(_ value: UInt32, dropping shift: UInt32) -> UInt32 {
        let kept = value >> shift
        let rest = value & (1 << shift - 1)
        let half: UInt32 = 1 << (shift - 1)
        return rest > half || rest == half && kept & 1 == 1 ? kept + 1 : kept
    }

    /// Returns the number with these bits.
    package static func value(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7FFF) << 13
        // Infinity and NaN.
        if bits & 0x7C00 == 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | magnitude) }
        // The exponent of a Float has a bias of 127, that of a half-precision number 15.
        return Float(bitPattern: sign | (Float(bitPattern: magnitude) * 0x1p112).bitPattern)
    }
}
