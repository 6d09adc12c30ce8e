internal import Basics

/// Remembers the token ids of pieces: a hash table of fixed size, in which new pieces replace others.
///
/// An entry takes 64 bytes, one line of the processor's cache. It has up to 32 bytes of the piece, which are compared
/// in full, and up to seven ids. Longer pieces and pieces with more tokens are rare, and are not remembered.
struct PieceCache: ~Copyable {
    static let longestPiece = 32
    private static let mostIDs = 7
    /// The number of adjacent entries in which a piece may be, beginning with the entry that its hash gives.
    private static let ways = 4

    /// The bytes of a piece, up to 32, filled up with zeros.
    struct Key: BitwiseCopyable, Equatable {
        var a, b, c, d: UInt64

        /// Reads the bytes in place. 32 bytes from `piece` on have to be readable.
        @inline(__always)
        init(reading piece: UnsafePointer<UInt8>, _ count: Int) {
            let words = UnsafeRawPointer(piece)
            a = Self.word(words, count)
            b = 0
            c = 0
            d = 0
            if count <= 8 { return }
            b = Self.word(words + 8, count - 8)
            if count <= 16 { return }
            c = Self.word(words + 16, count - 16)
            if count > 24 { d = Self.word(words + 24, count - 24) }
        }

        /// Copies the bytes first, so that nothing after the end of the piece is read.
        init(copying piece: UnsafePointer<UInt8>, _ count: Int) {
            self = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: PieceCache.longestPiece) { room in
                room.initialize(repeating: 0)
                room.baseAddress!.update(from: piece, count: count)
                return Key(reading: UnsafePointer(room.baseAddress!), count)
            }
        }

        /// The first `count` of eight bytes; the others are set to zero.
        @inline(__always)
        private static func word(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
            return count >= 8 ? word : word & ((1 &<< (8 &* UInt64(truncatingIfNeeded: count))) &- 1)
        }

        /// A hash made by multiplying and folding, as in wyhash. Only the place of an entry depends on it.
        @inline(__always)
        func hash(_ count: Int) -> UInt64 {
            var hash = Self.fold(
                a ^ 0x9E37_79B9_7F4A_7C15, b ^ 0xD6E8_FEB8_6659_FD93 ^ UInt64(truncatingIfNeeded: count))
            if count > 16 { hash = Self.fold(hash ^ c, d ^ 0xA076_1D64_78BD_642F) }
            return hash
        }

        @inline(__always)
        private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
            let product = a.multipliedFullWidth(by: b)
            return product.high ^ product.low
        }
    }

    struct Entry: BitwiseCopyable {
        var key: Key
        var ids: (Int32, Int32, Int32, Int32, Int32, Int32, Int32)
        /// The length of the piece in bytes; 0 for a free entry.
        var length: UInt16
        /// The number of ids.
        var count: UInt16
    }

    private let entries: Buffer<Entry>
    private let base: UnsafeMutablePointer<Entry>
    private let mask: Int

    /// - Parameter bits: the table has 2^bits entries of 64 bytes.
    init(bits: Int) {
        let count = 1 << bits
        var entries = Buffer<Entry>(capacity: count + Self.ways)
        base = entries.reserve(count + Self.ways)
        let free = Entry(
            key: Key(copying: [0], 1), ids: (0, 0, 0, 0, 0, 0, 0), length: 0, count: 0)
        base.initialize(repeating: free, count: count + Self.ways)
        self.entries = entries
        mask = count - 1
    }

    /// Appends the ids of a piece if it is in the table. Returns whether it is.
    @inline(__always)
    func append(_ key: Key, _ length: Int, hash: UInt64, to ids: inout Buffer<Int32>) -> Bool {
        var entry = base + (Int(truncatingIfNeeded: hash) & mask)
        for _ in 0..<Self.ways {
            if entry.pointee.key == key && Int(entry.pointee.length) == length {
                // All seven ids are copied, however many are valid, because this needs no loop.
                let room = UnsafeMutableRawPointer(ids.reserve(Self.mostIDs))
                let source = UnsafeRawPointer(entry) + MemoryLayout<Key>.size
                room.copyMemory(from: source, byteCount: Self.mostIDs * MemoryLayout<Int32>.size)
                ids.advance(Int(entry.pointee.count))
                return true
            }
            entry += 1
        }
        return false
    }

    /// Stores the ids of a piece, unless there are more than seven. If no entry is free, another piece is replaced.
    func insert(_ key: Key, _ length: Int, hash: UInt64, _ ids: UnsafeBufferPointer<Int32>) {
        if ids.count > Self.mostIDs { return }
        let home = base + (Int(truncatingIfNeeded: hash) & mask)
        var entry = home + Int(hash >> 60) % Self.ways
        for way in 0..<Self.ways where home[way].length == 0 {
            entry = home + way
            break
        }
        entry.pointee.key = key
        entry.pointee.length = UInt16(length)
        entry.pointee.count = UInt16(ids.count)
        withUnsafeMutableBytes(of: &entry.pointee.ids) { $0.copyMemory(from: UnsafeRawBufferPointer(ids)) }
    }
}
