import Basics
import CXXHash
import Foundation
import MinHashLSH
import TestSupport
import Testing

@Suite struct BandingTests {
    private func keys(_ signature: [UInt32], _ banding: Banding) -> [UInt64] {
        var signature = signature
        var keys = Buffer<UInt64>()
        keys.append(7)  // existing keys must stay
        signature.withUnsafeMutableBufferPointer { banding.appendKeys(of: $0, to: &keys) }
        #expect(keys[0] == 7)
        return Array(keys.elements.dropFirst())
    }

    @Test func aKeyIsTheHashOfItsRowsInTheShareOfTheBand() {
        var random = SeededGenerator(seed: 21)
        for (bands, rows) in [(10, 10), (20, 5), (1, 1), (100, 1), (1, 100), (3, 33)] {
            let signature = (0..<112).map { _ in UInt32(truncatingIfNeeded: random.next()) }
            let found = keys(signature, Banding(bands: bands, rows: rows))
            let expected = (0..<bands).map { band in
                let numbers = signature[band * rows..<(band + 1) * rows]
                let bytes = numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
                let hash = bytes.withUnsafeBytes { dedup_xxh3_64($0.baseAddress, $0.count) }
                // A fraction of the band's share of all keys, by long multiplication.
                let share = UInt64.max / UInt64(bands)
                return UInt64(band) * share + UInt64((UInt128(hash) * UInt128(share)) >> 64)
            }
            #expect(found == expected)
            #expect(found == found.sorted())
        }
    }

    @Test func everyBandHasKeysOfItsOwn() {
        // All rows are equal, so only the number of the band makes the keys different.
        let equal = keys([UInt32](repeating: 5, count: 112), Banding(bands: 20, rows: 5))
        #expect(Set(equal).count == 20)
    }

    @Test func oneRowChangesOneKey() {
        let banding = Banding(bands: 10, rows: 10)
        let signature = (0..<112).map(UInt32.init)
        let before = keys(signature, banding)
        for lane in 0..<112 {
            var changed = signature
            changed[lane] += 1000
            let different = zip(before, keys(changed, banding)).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
            #expect(different == (lane < 100 ? [lane / 10] : []))
        }
    }

    /// The probability that b bands of r rows find a pair of similarity J, computed by hand: (b, r, J, probability).
    private static let table: [(Int, Int, Double, Double)] = [
        (10, 10, 0.70, 0.249), (10, 10, 0.75, 0.440), (10, 10, 0.80, 0.679), (10, 10, 0.85, 0.888),
        (10, 10, 0.90, 0.986), (10, 10, 0.95, 1.000),
        (14, 7, 0.70, 0.700), (14, 7, 0.75, 0.865), (14, 7, 0.80, 0.963), (14, 7, 0.85, 0.996), (14, 7, 0.90, 1.000),
        (20, 5, 0.70, 0.975), (20, 5, 0.75, 0.996), (20, 5, 0.80, 1.000),
        (25, 4, 0.70, 0.999), (25, 4, 0.75, 1.000),
        (1, 1, 0.30, 0.300), (2, 1, 0.50, 0.750), (1, 2, 0.50, 0.250), (2, 2, 0.50, 0.4375),
    ]

    @Test(arguments: table)
    func probabilitiesAreThoseOfTheFormula(_ bands: Int, _ rows: Int, _ jaccard: Double, _ probability: Double) {
        let found = Banding(bands: bands, rows: rows).detectionProbability(jaccard: jaccard)
        #expect(abs(found - probability) < 0.000_51)
    }

    @Test func theCurveRises() {
        for (bands, rows) in [(10, 10), (20, 5), (1, 1), (100, 1), (1, 100)] {
            let banding = Banding(bands: bands, rows: rows)
            #expect(banding.detectionProbability(jaccard: 0) == 0)
            #expect(banding.detectionProbability(jaccard: 1) == 1)
            let curve = (0...100).map { banding.detectionProbability(jaccard: Double($0) / 100) }
            #expect(zip(curve, curve.dropFirst()).allSatisfy { $0 <= $1 })
            for probability in [0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999] {
                let jaccard = banding.jaccard(detectedWith: probability)
                #expect((0...1).contains(jaccard))
                #expect(abs(banding.detectionProbability(jaccard: jaccard) - probability) < 1e-9)
            }
        }
        #expect(abs(Banding(bands: 10, rows: 10).jaccard(detectedWith: 0.5) - 0.763_108) < 1e-6)
    }
}
