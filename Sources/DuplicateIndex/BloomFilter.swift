internal import Basics

/// Rules out most keys that a run does not hold, without touching the disk. A key that is there always passes.
///
/// A blocked Bloom filter (Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007): all
/// bits of a key lie in one cache line. With 12 bits a key some 1 in 100 absent keys pass.
struct BloomFilter: ~Copyable {
    static let bitsPerKey = 12
    private static let bitsSet = 6
    private static let wordsPerBlock = 8

    private var words: Buffer<UInt64>
    private let blocks: UInt64

    init(keys: Int) {
        blocks = UInt64(max(1, keys * Self.bitsPerKey / 512))
        let count = Int(blocks) * Self.wordsPerBlock
        words = Buffer(capacity: count)
        words.base.initialize(repeating: 0, count: count)
        words.advance(count)
    }

    static func bytes(keys: Int) -> Int { keys * bitsPerKey / 8 + 64 }

    mutating func insert(_ key: UInt64) {
        let block = words.base + block(of: key)
        var bits = Self.bits(of: key)
        for _ in 0..<Self.bitsSet {
            block[Int(bits >> 6 & 7)] |= 1 << (bits & 63)
            bits >>= 9
        }
    }

    borrowing func mayContain(_ key: UInt64) -> Bool {
        let block = words.base + block(of: key)
        var bits = Self.bits(of: key)
        for _ in 0..<Self.bitsSet {
            if block[Int(bits >> 6 & 7)] >> (bits & 63) & 1 == 0 { return false }
            bits >>= 9
        }
        return true
    }

    private borrowing func block(of key: UInt64) -> Int {
        Int(key.multipliedFullWidth(by: blocks).high) * Self.wordsPerBlock
    }

    /// 54 bits of the key, mixed so that they say something that its upper bits, which chose the block, do not.
    private static func bits(of key: UInt64) -> UInt64 { (key &* 0x9E37_79B9_7F4A_7C15) >> 10 }
}
