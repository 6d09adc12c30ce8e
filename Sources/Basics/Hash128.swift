internal import CXXHash

/// A 128-bit XXH3 hash.
package struct Hash128: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The lower 64 bits.
    package let low: UInt64
    /// The upper 64 bits.
    package let high: UInt64

    /// Creates a hash from its two halves.
    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Computes the hash of bytes, with seed 0.
    package init(_ bytes: UnsafeRawBufferPointer) {
        let hash = dedup_xxh3_128(bytes.baseAddress, bytes.count)
        self.init(low: hash.low, high: hash.high)
    }

    /// 32 hexadecimal digits, as `xxh128sum` prints them.
    package var description: String {
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// The 64-bit XXH3 of bytes, with seed 0.
package func hash64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    dedup_xxh3_64(bytes.baseAddress, bytes.count)
}

/// The 64-bit XXH3 of `bytes` with a seed.
package func hash64(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    dedup_xxh3_64_seeded(bytes.baseAddress, bytes.count, seed)
}

/// The 128-bit XXH3, with seed 0, of bytes that arrive in pieces.
package struct RunningHash: ~Copyable, @unchecked Sendable {
    private let state: OpaquePointer

    /// Starts with no bytes.
    package init() {
        guard let state = dedup_hash_create() else { fatalError("out of memory") }
        self.state = state
    }

    deinit {
        dedup_hash_destroy(state)
    }

    /// Adds bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        dedup_hash_update(state, bytes.baseAddress, bytes.count)
    }

    /// Adds a number as 8 bytes in little-endian order.
    package mutating func update(_ number: Int) {
        withUnsafeBytes(of: Int64(number).littleEndian) { update($0) }
    }

    /// The hash of the bytes added so far.
    package var value: Hash128 {
        let hash = dedup_hash_value(state)
        return Hash128(low: hash.low, high: hash.high)
    }
}
