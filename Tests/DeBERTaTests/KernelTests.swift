import Basics
import CEncoder
import Foundation
import TestSupport
import Testing

@testable import DeBERTa

/// The kernels of every level against loops in doubles, and products against sums.
@Suite struct KernelTests {
    static let levels = Kernels.Level.allCases.filter { dedup_kernels_at(dedup_kernel_level($0.rawValue)) != nil }
    private static let widths = [1, 3, 15, 16, 17, 48, 100]

    private static func numbers(_ count: Int, seed: UInt64, _ range: ClosedRange<Float> = -3...3) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Float.random(in: range, using: &generator) }
    }

    /// Calls `body` with a buffer for rows, in the layout that a product in f32 expects.
    private static func withRoom(_ count: Int, _ body: (UnsafeMutablePointer<Float>, ProductInput) -> Void, width: Int)
        -> [Float]
    {
        let room = UnsafeMutablePointer<Float>.allocate(capacity: count)
        defer { room.deallocate() }
        room.update(repeating: .nan, count: count)
        body(room, ProductInput(.f32, room, width: width, scales: nil, zeros: nil))
        return Array(UnsafeBufferPointer(start: room, count: count))
    }

    @Test(arguments: levels, widths)
    func geluIsThatOfTheReference(_ level: Kernels.Level, _ width: Int) throws {
        let kernels = try Kernels(level)
        let rows = 50
        var x = Self.numbers(rows * width, seed: 1, -9...9)
        let bias = Self.numbers(width, seed: 2)
        let expected = x.indices.map { i in
            let t = Double(x[i]) + Double(bias[i % width])
            return Float(0.5 * t * (1 + erf(t / 2.0.squareRoot())))
        }
        let result = Self.withRoom(
            x.count,
            { _, next in
                x.withUnsafeMutableBufferPointer { x in
                    bias.withUnsafeBufferPointer { bias in
                        var next = next.rows
                        kernels.table.pointee.gelu(x.baseAddress!, bias.baseAddress!, rows, width, &next)
                    }
                }
            }, width: width)
        #expect(distance(result, expected) < 2e-6)
    }

    @Test(arguments: levels, widths)
    func layerNormWorksInPlace(_ level: Kernels.Level, _ width: Int) throws {
        let kernels = try Kernels(level)
        let rows = 5
        let (x, residual) = (Self.numbers(rows * width, seed: 1), Self.numbers(rows * width, seed: 2))
        let (xBias, weight, bias) = (
            Self.numbers(width, seed: 3), Self.numbers(width, seed: 4), Self.numbers(width, seed: 5)
        )
        var expected: [Float] = []
        for row in 0..<rows {
            let sums = (0..<width).map {
                Double(x[row * width + $0]) + Double(xBias[$0]) + Double(residual[row * width + $0])
            }
            let mean = sums.reduce(0, +) / Double(width)
            let variance = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            expected += (0..<width).map {
                Float((sums[$0] - mean) / (variance + 1e-3).squareRoot() * Double(weight[$0]) + Double(bias[$0]))
            }
        }
        let result = Self.withRoom(
            x.count,
            { room, next in
                room.update(from: residual, count: residual.count)
                var next = next.rows
                kernels.table.pointee.layer_norm(x, xBias, room, weight, bias, 1e-3, rows, width, room, &next)
            }, width: width)
        #expect(distance(result, expected) < 1e-5)
    }

    @Test(arguments: levels)
    func bf16RoundsToNearestAndTiesToEven(_ level: Kernels.Level) throws {
        let kernels = try Kernels(level)
        let bits: [UInt32] = [
            0x3F80_0000, 0x3F80_7FFF, 0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0xBF81_8000, 0x7F7F_FFFF, 0x7F80_0000,
            0x8000_0000, 0x4049_0FDB, 0xC2F6_E979,
        ]
        // The numbers fill several vector registers, and some are left for the scalar loop.
        let x = (0..<5).flatMap { _ in bits.map { Float(bitPattern: $0) } }
        let expected: [UInt16] = [
            0x3F80, 0x3F80, 0x3F80, 0x3F82, 0x3F81, 0xBF82, 0x7F80, 0x7F80, 0x8000, 0x4049, 0xC2F7,
        ]
        var y = [UInt16](repeating: 0, count: x.count)
        y.withUnsafeMutableBytes {
            let rows = ProductInput(.bf16, $0.baseAddress!, width: x.count, scales: nil, zeros: nil)
            kernels.convert(x, rows: 1, width: x.count, into: rows)
        }
        #expect(y == (0..<5).flatMap { _ in expected })
    }

    @Test(arguments: levels, widths)
    func aQuantizedRowIsWithinHalfAStep(_ level: Kernels.Level, _ width: Int) throws {
        let kernels = try Kernels(level)
        for (seed, range) in [(UInt64(1), Float(-3)...2), (2, 0.5...4), (3, -4 ... -1), (4, 0...0)] {
            var x = Self.numbers(width, seed: seed, range)
            x[width / 2] = 0
            var y = [UInt8](repeating: 7, count: width)
            var scale = Float.nan
            var zero = Int32(-1)
            y.withUnsafeMutableBytes {
                let rows = ProductInput(.int8, $0.baseAddress!, width: width, scales: &scale, zeros: &zero)
                kernels.convert(x, rows: 1, width: width, into: rows)
            }
            for (number, quantum) in zip(x, y) {
                #expect(abs(Float(Int32(quantum) - zero) * scale - number) <= scale * 1.01)
            }
            #expect(Int32(y[width / 2]) == zero)
        }
    }

    @Test(arguments: EncoderTests.precisions)
    func productsAreSumsOfProducts(_ precision: Precision) throws {
        let (outputs, inputs, rows) = (70, 90, 200)
        let matrix = Self.numbers(outputs * inputs, seed: 1)
        let x = Self.numbers(rows * inputs, seed: 2)
        let weights = try PackedWeights(matrix, outputs: outputs, inputs: inputs, precision)
        let kernels = try Kernels(.best(for: precision))
        let tile = PackedWeights.tile
        var bytes = [UInt8](repeating: 0, count: 2 * tile * inputs * 4)
        var scales = [Float](repeating: 0, count: 2 * tile)
        var zeros = [Int32](repeating: 0, count: 2 * tile)
        var integers = [Int32](repeating: 0, count: tile * outputs)
        var y = [Float](repeating: 0, count: 2 * tile * outputs)
        try bytes.withUnsafeMutableBytes { bytes in
            let input = ProductInput(precision, bytes.baseAddress!, width: inputs, scales: &scales, zeros: &zeros)
            kernels.convert(x, rows: rows, width: inputs, into: input)
            for first in stride(from: 0, to: rows, by: tile) {
                try y.withUnsafeMutableBufferPointer {
                    try weights.multiply(
                        input.from(first), rows: min(tile, rows - first), kernels, integers: &integers,
                        into: $0.baseAddress! + first * outputs)
                }
            }
        }
        let most: Float = precision == .f32 ? 1e-4 : precision == .bf16 ? 0.6 : 1.5
        for row in 0..<rows {
            for output in 0..<outputs {
                let sum = (0..<inputs).reduce(0.0) {
                    $0 + Double(matrix[output * inputs + $1]) * Double(x[row * inputs + $1])
                }
                #expect(abs(y[row * outputs + output] - Float(sum)) < most)
            }
        }
    }

    @Test(.enabled(if: Precision.int8.isSupported, "int8 is refused on this processor"))
    func largeProductsDoNotSaturate() throws {
        let weights = try PackedWeights([Float](repeating: 1, count: 64), outputs: 1, inputs: 64, .int8)
        var x = [UInt8](repeating: 255, count: PackedWeights.tile * 64)
        var scales = [Float](repeating: 1, count: PackedWeights.tile)
        var zeros = [Int32](repeating: 0, count: PackedWeights.tile)
        var integers = [Int32](repeating: 0, count: PackedWeights.tile)
        var y = [Float](repeating: 0, count: PackedWeights.tile)
        try x.withUnsafeMutableBytes {
            let input = ProductInput(.int8, $0.baseAddress!, width: 64, scales: &scales, zeros: &zeros)
            try weights.multiply(input, rows: 1, Kernels(.baseline), integers: &integers, into: &y)
        }
        #expect(integers[0] == 2_072_640)
        #expect(abs(y[0] - 255 * 64) < 0.01)
    }
}
