import TestSupport
import Testing

@testable import DeBERTa

@Suite struct ElementTypeTests {
    /// Widens elements at an address that has this remainder modulo 8.
    private func widen(_ type: ElementType, _ bytes: [UInt8], misalignment: Int = 0) -> [Float] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 8, alignment: 8)
        defer { room.deallocate() }
        bytes.withUnsafeBytes {
            (room.baseAddress! + misalignment).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
        }
        let count = bytes.count / type.size
        return [Float](unsafeUninitializedCapacity: count) { floats, initialized in
            type.widen(room.baseAddress! + misalignment, count, into: floats.baseAddress!)
            initialized = count
        }
    }

    /// A half by its definition: sign, 5 bits of exponent, 10 of fraction.
    private func slowHalf(_ half: UInt16) -> Float {
        let exponent = Int(half >> 10 & 31)
        let fraction = Double(half & 1023) / 1024
        let sign: Double = half >> 15 == 1 ? -1 : 1
        switch exponent {
        case 0: return Float(sign * fraction * 0x1p-14)
        case 31:
            if fraction == 0 { return Float(sign) * .infinity }
            return Float(bitPattern: UInt32(half >> 15) << 31 | 0x7F80_0000 | UInt32(half & 1023) << 13)
        default:
            var value = sign * (1 + fraction)
            for _ in 0..<abs(exponent - 15) { value *= exponent > 15 ? 2 : 0.5 }
            return Float(value)
        }
    }

    private static let patterns = Array(0...UInt16.max)

    @Test(arguments: [0, 1, 2, 7])
    func everyHalfIsWidened(_ misalignment: Int) {
        let floats = widen(.f16, Self.patterns.flatMap { littleEndian($0) }, misalignment: misalignment)
        let wrong = Self.patterns.filter { floats[Int($0)].bitPattern != slowHalf($0).bitPattern }
        #expect(wrong.isEmpty)
    }

    @Test(arguments: [0, 1, 2, 7])
    func everyBrainFloatIsWidened(_ misalignment: Int) {
        let floats = widen(.bf16, Self.patterns.flatMap { littleEndian($0) }, misalignment: misalignment)
        let wrong = Self.patterns.filter { floats[Int($0)].bitPattern != UInt32($0) << 16 }
        #expect(wrong.isEmpty)
    }

    @Test(arguments: [0, 1, 4, 7])
    func singlesStayAsTheyAre(_ misalignment: Int) {
        var generator = SeededGenerator(seed: 1)
        let patterns = (0..<1000).map { _ in UInt32.random(in: 0...UInt32.max, using: &generator) }
        let floats = widen(.f32, patterns.flatMap { littleEndian($0) }, misalignment: misalignment)
        #expect(floats.map(\.bitPattern) == patterns)
    }

    @Test(arguments: [ElementType.f16, .bf16])
    func everyNonFiniteNumberIsFound(_ type: ElementType) {
        let wrong = Self.patterns.filter { pattern in
            let float = widen(type, littleEndian(pattern))[0]
            let found = littleEndian(pattern).withUnsafeBytes { type.firstNonFinite($0.baseAddress!, 1) }
            return (found == 0) == float.isFinite
        }
        #expect(wrong.isEmpty)
    }

    @Test(arguments: ElementType.floats)
    func theFirstNonFiniteNumberIsFound(_ type: ElementType) {
        let plain = (0..<100).flatMap {
            type.bytes(Float($0) - 50) + type.bytes(-Float.greatestFiniteMagnitude / 0x1p113)
        }
        func first(_ bytes: [UInt8]) -> Int? {
            let shifted = [0] + bytes
            return shifted.withUnsafeBytes { type.firstNonFinite($0.baseAddress! + 1, bytes.count / type.size) }
        }
        #expect(first(plain) == nil)
        #expect(first([]) == nil)
        for place in 0..<200 {
            for value in [Float.infinity, -.infinity, .nan] {
                var bytes = plain
                let words: [UInt8] = type == .f16 && value.isNaN ? [1, 0x7C] : type.bytes(value)
                bytes.replaceSubrange(place * type.size..<(place + 1) * type.size, with: words)
                if place < 199 { bytes.replaceSubrange(bytes.count - type.size..<bytes.count, with: words) }
                #expect(first(bytes) == place)
            }
        }
    }
}
