import Dedup
import TestSupport
import Testing

@testable import Embedding

/// Compares conversions of half-precision numbers with those of the compiler.
@Suite struct HalfTests {
    @Test func everyHalfSurvivesARoundTrip() {
        for bits in UInt16.min...UInt16.max {
            let number = Float16(bitPattern: bits)
            let value = Half.value(bits)
            if number.isNaN {
                #expect(value.isNaN && Float16(bitPattern: Half.bits(value)).isNaN)
            } else {
                #expect(value.bitPattern == Float(number).bitPattern)
                #expect(Half.bits(value) == bits)
            }
        }
    }

    @Test func roundingIsToNearestAndTiesToEven() {
        var generator = SeededGenerator(seed: 11)
        var numbers: [Float] = [65504, 65519.996, 65520, 65536, 1e10, .infinity, .greatestFiniteMagnitude]
        numbers += [0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1.8p-24, 0x1.ffffp-15, 0x1.ffffp-26, .leastNonzeroMagnitude]
        // Numbers around the middle between two half-precision numbers.
        for bits in stride(from: UInt16(0), to: 0x7BFF, by: 3) {
            let middle = (Half.value(bits) + Half.value(bits + 1)) / 2
            numbers += [middle, middle.nextUp, middle.nextDown]
        }
        for _ in 0..<100_000 {
            let number = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            if !number.isNaN { numbers.append(number) }
        }
        for number in numbers + numbers.map(-) {
            #expect(Half.bits(number) == Float16(number).bitPattern, "\(number)")
        }
    }
}
