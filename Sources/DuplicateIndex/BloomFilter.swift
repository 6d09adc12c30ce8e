internal import Basics
internal import CSystem

/// Rules out most keys that a segment does not hold, without touching its entries. A key that is there always passes.
///
/// A blocked Bloom filter (Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007): all
/// bits of a key lie in one cache line. With 12 bits a key some 1 in 100 absent keys pass. The upper bits of a key
/// choose its block, so that keys in ascending order fill the filter from its start to its end.
struct BloomFilter: BitwiseCopyable {
    static let bitsPerKey = 12
    static let wordsPerBlock = 8
    private static let bitsSet = 6

    private let words: UnsafePointer<UInt64>
    private let blocks: UInt64

    /// - Parameter words: `blocks(keys:)` times eight, owned by the caller.
    init(words: UnsafePointer<UInt64>, blocks: Int) {
        self.words = words
        self.blocks = UInt64(blocks)
    }

    static func blocks(keys: Int) -> Int { max(1, keys * bitsPerKey / 512) }

    /// The block that a key's bits lie in: it does not fall as the key rises.
    static func block(of key: UInt64, blocks: Int) -> Int { Int(key.multipliedFullWidth(by: UInt64(blocks)).high) }

    static func insert(_ key: UInt64, into block: UnsafeMutablePointer<UInt64>) {
        var bits = bits(of: key)
        for _ in 0..<bitsSet {
            block[Int(bits >> 6 & 7)] |= 1 << (bits & 63)
            bits >>= 9
        }
    }

    func mayContain(_ key: UInt64) -> Bool {
        let block = words + Int(key.multipliedFullWidth(by: blocks).high) * Self.wordsPerBlock
        var bits = Self.bits(of: key)
        for _ in 0..<Self.bitsSet {
            if block[Int(bits >> 6 & 7)] >> (bits & 63) & 1 == 0 { return false }
            bits >>= 9
        }
        return true
    }

    /// Has the block that the key's bits lie in come from memory.
    func prefetch(_ key: UInt64) {
        dedup_prefetch(words + Int(key.multipliedFullWidth(by: blocks).high) * Self.wordsPerBlock)
    }

    /// 54 bits of the key, mixed so that they say something that its upper bits, which chose the block, do not.
    private static func bits(of key: UInt64) -> UInt64 { (key &* 0x9E37_79B9_7F4A_7C15) >> 10 }
}
