import MinHashLSH

/// SplitMix64: the same numbers in each run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func hashes(_ count: Int) -> [UInt64] { (0..<count).map { _ in next() } }
}

extension MinHasher {
    func signature(_ shingles: [UInt64]) -> [UInt32] {
        var signature = [UInt32](repeating: 0, count: lanes)
        shingles.withUnsafeBufferPointer { shingles in
            signature.withUnsafeMutableBufferPointer { sign(shingles, into: $0) }
        }
        return signature
    }
}
