import Basics
import Foundation
import MinHashLSH
import TestSupport
import Testing

/// Whether the hash functions behave as if each had been drawn at random, independently of the others.
@Suite struct EstimateTests {
    /// Sizes of a union and of its intersection. Small sets are included, because a weak hash family would show there
    /// first.
    static let sizes: [(union: Int, both: Int)] = [
        (2, 1), (3, 2), (4, 3), (5, 4), (7, 5), (10, 7), (10, 9), (20, 15), (60, 45), (150, 105),
    ]
    static let bandings = [(10, 10), (20, 5), (14, 7), (25, 4), (50, 2), (33, 3), (100, 1)].map {
        Banding(bands: $0.0, rows: $0.1)
    }

    /// Pairs of random sets: the agreement of their signatures, and the bandings that find them.
    private struct Sample {
        var trials = 0
        var equal: [Int] = []
        var shared = [Int](repeating: 0, count: EstimateTests.bandings.count)

        init(union: Int, both: Int, trials: Int, seed: UInt64) {
            self.trials = trials
            var random = SeededGenerator(seed: seed)
            let hasher = MinHasher(seeds: 100)
            for _ in 0..<trials {
                let all = random.hashes(union)
                // The hashes outside the intersection are divided between the two sets.
                let split = Int.random(in: both...union, using: &random)
                var a = hasher.signature(Array(all[..<split]))
                var b = hasher.signature(Array(all[..<both] + all[split...]))
                equal.append((0..<100).count { a[$0] == b[$0] })
                for (index, banding) in EstimateTests.bandings.enumerated() {
                    var keys = Buffer<UInt64>()
                    a.withUnsafeMutableBufferPointer { banding.appendKeys(of: $0, to: &keys) }
                    b.withUnsafeMutableBufferPointer { banding.appendKeys(of: $0, to: &keys) }
                    if (0..<banding.bands).contains(where: { keys[$0] == keys[banding.bands + $0] }) {
                        shared[index] += 1
                    }
                }
            }
        }
    }

    @Test(arguments: sizes)
    func agreementEstimatesTheSimilarity(_ sizes: (union: Int, both: Int)) {
        let trials = sizes.union < 50 ? 3000 : 1000
        let sample = Sample(union: sizes.union, both: sizes.both, trials: trials, seed: UInt64(sizes.union))
        let jaccard = Double(sizes.both) / Double(sizes.union)

        // The mean agreement, over all seeds and pairs.
        let mean = Double(sample.equal.reduce(0, +)) / Double(100 * trials)
        let deviation = (jaccard * (1 - jaccard) / Double(100 * trials)).squareRoot()
        #expect(abs(mean - jaccard) < 4 * deviation, "mean \(mean)")

        // The variance of the agreement. Dependent seeds would increase it.
        let spread = sample.equal.reduce(0) { $0 + pow(Double($1) - 100 * jaccard, 2) } / Double(trials)
        let ratio = spread / (100 * jaccard * (1 - jaccard))
        #expect(abs(ratio - 1) < 4 * (2 / Double(trials)).squareRoot() * 1.1, "variance \(ratio)")

        // Several seeds together, as the rows of bands.
        for (banding, shared) in zip(Self.bandings, sample.shared) {
            let promised = 1 - pow(1 - pow(jaccard, Double(banding.rows)), Double(banding.bands))
            let deviation = (promised * (1 - promised) / Double(trials)).squareRoot()
            let found = Double(shared) / Double(trials)
            #expect(
                abs(found - promised) <= 4 * deviation + 1 / Double(trials),
                "\(banding.bands) x \(banding.rows): \(found), promised \(promised)")
        }
    }

    /// Agreement in one seed must say nothing about agreement in another.
    @Test func seedsAreIndependent() {
        var random = SeededGenerator(seed: 77)
        let hasher = MinHasher(seeds: 100)
        let trials = 2000
        var agreeing = [[Int]](repeating: [], count: 100)
        for trial in 0..<trials {
            let all = random.hashes(4)
            let a = hasher.signature(Array(all[..<3]))
            let b = hasher.signature([all[0], all[3]])
            for seed in 0..<100 where a[seed] == b[seed] { agreeing[seed].append(trial) }
        }
        // J is 1/4, so two seeds agree in one of sixteen pairs. Over 4950 pairs of seeds, a deviation of 5.5 sigma is
        // very unlikely.
        let deviation = (Double(trials) / 16 * (15.0 / 16)).squareRoot()
        let sets = agreeing.map(Set.init)
        for first in 0..<100 {
            for second in 0..<first {
                let both = sets[first].intersection(agreeing[second]).count
                #expect(abs(Double(both) - Double(trials) / 16) < 5.5 * deviation, "seeds \(first), \(second)")
            }
        }
    }
}
