internal import CXXHash

/// 128 bits of XXH3.
package struct Hash128: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    package let low: UInt64
    package let high: UInt64

    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

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

/// 64 bits of XXH3 (seed 0).
package func hash64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    dedup_xxh3_64(bytes.baseAddress, bytes.count)
}

/// XXH3 (128 bits, seed 0) of bytes that come in pieces.
package struct RunningHash: ~Copyable, @unchecked Sendable {
    private let state: OpaquePointer

    package init() {
        guard let state = dedup_hash_create() else { fatalError("out of memory") }
        self.state = state
    }

    deinit {
        dedup_hash_destroy(state)
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        dedup_hash_update(state, bytes.baseAddress, bytes.count)
    }

    package var value: Hash128 {
        let hash = dedup_hash_value(state)
        return Hash128(low: hash.low, high: hash.high)
    }
}
