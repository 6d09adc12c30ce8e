internal import Basics
internal import CMinHash

/// Computes MinHash signatures: for each of a number of seeded hash functions, the minimum over a set of shingles
/// (Broder, "On the resemblance and containment of documents", 1997).
///
/// At each position, the probability that the signatures of two sets are equal is the Jaccard similarity of the sets.
/// The shingles are already 64-bit hashes, so a seeded hash function only needs to mix them again: seed i maps x to
/// `multiplier[i] * low32(x) + high32(x)` (mod 2^32).
package struct MinHasher: Sendable {
    /// The instruction sets that the kernel is compiled for. All give the same results.
    package enum Variant: String, Sendable, CaseIterable, Comparable {
        case baseline, avx2, avx512

        /// The fastest variant that this CPU supports.
        package static let best = Variant(dedup_minhash_best())

        private init(_ variant: dedup_minhash_variant) {
            self = variant == DEDUP_MINHASH_AVX512 ? .avx512 : variant == DEDUP_MINHASH_AVX2 ? .avx2 : .baseline
        }

        fileprivate var kernel: dedup_minhash_variant {
            switch self {
            case .baseline: DEDUP_MINHASH_BASELINE
            case .avx2: DEDUP_MINHASH_AVX2
            case .avx512: DEDUP_MINHASH_AVX512
            }
        }

        package static func < (a: Variant, b: Variant) -> Bool { a.kernel.rawValue < b.kernel.rawValue }
    }

    /// The number of hash functions, and of meaningful values in a signature.
    package let seeds: Int
    /// The number of values in a signature: `seeds` rounded up to a multiple of `DEDUP_MINHASH_LANES`, because the C
    /// kernel computes this many values at once. The values after the first `seeds` have no meaning.
    package let lanes: Int
    private let multipliers: [UInt32]
    private let variant: Variant

    /// - Parameter seeds: the number of hash functions; at least 1.
    package init(seeds: Int, variant: Variant = .best) {
        precondition(seeds > 0)
        self.seeds = seeds
        self.variant = variant
        let step = Int(DEDUP_MINHASH_LANES)
        lanes = (seeds + step - 1) / step * step
        multipliers = (0..<lanes).map(Self.multiplier)
    }

    /// Returns the multiplier of the hash function with the number `seed`, from 0. It is the upper half of the output
    /// with this number of SplitMix64 (Steele, Lea, Flood 2014), started from 0; its lowest bit is set to make it odd.
    ///
    /// It is part of the index format: a text must have the same signature on every machine.
    package static func multiplier(seed: Int) -> UInt32 {
        var z = UInt64(seed + 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return UInt32(truncatingIfNeeded: (z ^ (z >> 31)) >> 32) | 1
    }

    /// Writes the signature of a set of shingle hashes. The signature of the empty set has all bits set.
    ///
    /// - Parameter signature: a buffer of exactly `lanes` values.
    package func sign(_ shingles: UnsafeBufferPointer<UInt64>, into signature: UnsafeMutableBufferPointer<UInt32>) {
        precondition(signature.count == lanes)
        signature.update(repeating: .max)
        dedup_minhash(
            variant.kernel, shingles.baseAddress, shingles.count, multipliers, signature.baseAddress, lanes)
    }

    /// Computes the same signature as `sign` in plain Swift: the reference that tests compare the kernels with.
    package func referenceSignature(_ shingles: some Sequence<UInt64>) -> [UInt32] {
        var signature = [UInt32](repeating: .max, count: lanes)
        for shingle in shingles {
            let low = UInt32(truncatingIfNeeded: shingle)
            let high = UInt32(truncatingIfNeeded: shingle >> 32)
            for lane in 0..<lanes {
                signature[lane] = min(signature[lane], multipliers[lane] &* low &+ high)
            }
        }
        return signature
    }
}
