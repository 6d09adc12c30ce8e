internal import Basics

/// The ids of pieces that were seen before: a table of fixed size, in which new pieces push out others.
///
/// An entry is one line of the processor's cache: up to 32 bytes of piece, compared in full, and up to seven ids.
/// Longer pieces and those with more tokens are rare, and merged every time.
struct PieceCache: ~Copyable {
    static let longestPiece = 32
    private static let mostIDs = 7
    /// Entries that a piece may be in, beginning with its own.
    private static let ways = 4

    /// Up to 32 bytes, with zeros behind them.
    struct Key: BitwiseCopyable, Equatable {
        var a, b, c, d: UInt64

        /// Reads the piece where it stands: 32 bytes from `piece` on must be readable.
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

        /// Copies the piece: nothing past its end is read.
        init(copying piece: UnsafePointer<UInt8>, _ count: Int) {
            self = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: PieceCache.longestPiece) { room in
                room.initialize(repeating: 0)
                room.baseAddress!.update(from: piece, count: count)
                return Key(reading: UnsafePointer(room.baseAddress!), count)
            }
        }

        /// The first `count` of eight bytes.
        @inline(__always)
        private static func word(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
            return count >= 8 ? word : word & ((1 &<< (8 &* UInt64(truncatingIfNeeded: count))) &- 1)
        }

        /// By multiplying and folding, as wyhash does: only the place of an entry depends on it.
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
        /// Bytes of the piece; 0 where the entry is free.
        var length: UInt16
        var count: UInt16
    }

    private let entries: Buffer<Entry>
    private let base: UnsafeMutablePointer<Entry>
    private let mask: Int

    /// - Parameter bits: the table takes 2^bits entries of 64 bytes.
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

    /// Appends the ids of a piece that is known; returns whether it is.
    @inline(__always)
    func append(_ key: Key, _ length: Int, hash: UInt64, to ids: inout Buffer<Int32>) -> Bool {
        var entry = base + (Int(truncatingIfNeeded: hash) & mask)
        for _ in 0..<Self.ways {
            if entry.pointee.key == key && Int(entry.pointee.length) == length {
                // All seven are copied, whatever their number: that takes no loop.
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

    /// Keeps the ids of a piece, if they fit, in the place of another if need be.
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
