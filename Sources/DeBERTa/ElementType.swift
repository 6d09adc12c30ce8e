/// The types of numbers that the tensors of an encoder may be stored as. The raw values are those of safetensors.
package enum ElementType: String, Sendable, CaseIterable {
    /// IEEE 754 binary32.
    case f32 = "F32"
    /// IEEE 754 binary16.
    case f16 = "F16"
    /// The upper half of a binary32.
    case bf16 = "BF16"
    /// Integers of 8 bits, in matrices only. Each row has a scale; a number is the integer times the scale of its row.
    case int8 = "I8"

    /// The size of an element in bytes.
    package var size: Int {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .int8: 1
        }
    }

    /// Converts `count` elements to f32, without rounding. The source may be unaligned. Elements of `int8` are not
    /// scaled.
    func widen(_ source: UnsafeRawPointer, _ count: Int, into room: UnsafeMutablePointer<Float>) {
        switch self {
        case .f32: UnsafeMutableRawPointer(room).copyMemory(from: source, byteCount: count * size)
        case .bf16:
            for i in 0..<count {
                room[i] = Float(bitPattern: UInt32(source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)) << 16)
            }
        case .int8:
            for i in 0..<count { room[i] = Float(source.load(fromByteOffset: i, as: Int8.self)) }
        case .f16:
            for i in 0..<count {
                room[i] = Self.widenHalf(source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
            }
        }
    }

    /// Converts f16 to f32 without branches, so that the compiler can vectorize the loop; after Fabian Giesen's
    /// `half_to_float` (https://gist.github.com/rygorous/2156668). No intermediate value is a subnormal f32, so the
    /// result is right even on a thread that flushes subnormals to zero.
    @inline(__always)
    private static func widenHalf(_ half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7FFF) << 13
        let exponent = magnitude & 0x0F80_0000
        let rebiased = magnitude &+ (127 - 15) << 23
        let subnormal = Float(bitPattern: magnitude &+ (127 - 14) << 23) - Float(bitPattern: (127 - 14) << 23)
        let special = rebiased &+ (128 - 16) << 23
        let finite = exponent == 0 ? subnormal.bitPattern : rebiased
        let bits = exponent == 0x0F80_0000 ? special : finite
        return Float(bitPattern: bits | UInt32(half & 0x8000) << 16)
    }

    /// The index of the first element that is infinite or NaN; nil if all are finite.
    func firstNonFinite(_ source: UnsafeRawPointer, _ count: Int) -> Int? {
        switch self {
        case .f32: Self.firstNonFinite(source, count, exponent: 0x7F80_0000 as UInt32)
        case .f16: Self.firstNonFinite(source, count, exponent: 0x7C00 as UInt16)
        case .bf16: Self.firstNonFinite(source, count, exponent: 0x7F80 as UInt16)
        case .int8: nil
        }
    }

    /// In an infinite or NaN element, all bits of the exponent are ones, so adding 1 at the exponent's lowest bit
    /// carries into the sign bit.
    @inline(__always)
    private static func firstNonFinite<Word: FixedWidthInteger & UnsignedInteger>(
        _ source: UnsafeRawPointer, _ count: Int, exponent: Word
    ) -> Int? {
        let size = MemoryLayout<Word>.size
        let lowest = exponent & (~exponent &+ 1)
        var carries: Word = 0
        for i in 0..<count {
            carries |= (source.loadUnaligned(fromByteOffset: i &* size, as: Word.self) & exponent) &+ lowest
        }
        if carries.leadingZeroBitCount > 0 { return nil }
        return (0..<count).first {
            source.loadUnaligned(fromByteOffset: $0 &* size, as: Word.self) & exponent == exponent
        }
    }
}
