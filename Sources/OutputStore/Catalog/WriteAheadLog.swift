internal import Basics
internal import Foundation

/// The content of a write-ahead log, and the damage found in it.
///
/// Format: https://www.sqlite.org/fileformat2.html, section 4.
struct WriteAheadLog {
    private(set) var damage: [CatalogCheck.Damage] = []
    /// The numbers, from 1, of the pages that complete commits wrote. In a damaged log, pages of frames that cannot be
    /// checked are included.
    private(set) var pages: Set<Int> = []
    /// The smallest and the largest size of the database, in pages, after a complete commit of the log; nil if there is
    /// none.
    private(set) var sizes: ClosedRange<Int>?

    private let path: String

    /// - Parameter pageSize: the page size of the database; used if the log's header is damaged.
    init(_ path: String, pageSize: Int?) throws(Failure) {
        self.path = path
        guard let status = try File.status(at: path), status.size > 0 else { return }
        let file = try File(path, .read)
        let size = Int(try file.status().size)
        let bytes = try file.bytes(at: 0, Header.size)
        // SQLite syncs the header before it writes a frame, so only a log without frames can have an incomplete header.
        guard let header = Header(bytes) else {
            report("its header (bytes 0..<32) has a wrong checksum", mayBeTorn: size <= Header.size)
            if let pageSize { try takeOnTrust(Frames(file, size: size, pageSize), from: 0, salts: nil) }
            return
        }
        if let pageSize, header.pageSize != pageSize {
            report("has pages of \(header.pageSize) bytes; those of the database have \(pageSize)")
            return
        }
        try scan(Frames(file, size: size, header.pageSize), header)
    }

    /// Reads the frames in order, as SQLite does when it opens a log, and stops at the first invalid one.
    private mutating func scan(_ frames: borrowing Frames, _ header: Header) throws(Failure) {
        var sum = header.sum
        var open: [Frame] = []
        for index in 0..<frames.count {
            let frame = try frames.read(index)
            let next = frame.sum(after: sum, header)
            guard frame.salts == header.salts, frame.page > 0, next == frame.storedSum else {
                return try judge(frame, index, frames, header, expected: next, isWithinCommit: !open.isEmpty)
            }
            sum = next
            open.append(Frame(headerOf: frame))
            if frame.commitSize > 0 {
                for frame in open { take(frame) }
                open.removeAll()
            }
        }
        if frames.rest > 0 {
            let rest = try frames.read(frames.count)
            if !open.isEmpty || rest.bytes.count < Frame.headerSize || !rest.isOfOlderLog(header) {
                reportTorn(frames.count, frames)
            }
        } else if !open.isEmpty {
            report("ends within a commit, after frame \(frames.count)", mayBeTorn: true)
        }
    }

    /// Decides what the first invalid frame is: damage, a commit that a crash cut short, or a remainder of an older
    /// log.
    ///
    /// Frames of one commit may reach the disk in any order, but SQLite begins the next commit only when all of them
    /// are on the disk. So a crash leaves no complete commit after an incomplete one; if there is one, the frame is
    /// damaged. Whether a later frame follows in the same log is decided by its checksum, which includes the checksum
    /// of the frame before. What an earlier crash left in the file is recognized, because its checksums do not follow
    /// from the frames that have been written before it since.
    private mutating func judge(
        _ frame: Frame, _ index: Int, _ frames: borrowing Frames, _ header: Header, expected: Checksum,
        isWithinCommit: Bool
    ) throws(Failure) {
        // The checksums do not cover the salts: if the checksum matches, the salts are damaged.
        var isDamaged = expected == frame.storedSum
        var isOfThisLog = frame.salts == header.salts
        var isEndOfCommit = isOfThisLog && frame.commitSize > 0
        // The checksum of the next frame includes this frame's checksum as it was written, but the stored value may be
        // damaged. So the computed value is tried as well.
        var sums = [frame.storedSum, expected]
        var next = index + 1
        while !isDamaged && next < frames.count {
            let later = try frames.read(next)
            let isLaterOfThisLog = later.salts == header.salts
            if isLaterOfThisLog {
                isOfThisLog = true
                isDamaged = isEndOfCommit && sums.contains { later.sum(after: $0, header) == later.storedSum }
            }
            isEndOfCommit = isLaterOfThisLog && later.commitSize > 0
            sums = [later.storedSum]
            next += 1
        }
        if isDamaged {
            report("\(frames.place(index)) has a wrong checksum")
            try takeOnTrust(frames, from: index, salts: header.salts)
        } else if isOfThisLog || isWithinCommit || !frame.isOfOlderLog(header) {
            reportTorn(index, frames)
        }
    }

    private mutating func reportTorn(_ index: Int, _ frames: borrowing Frames) {
        report("\(frames.place(index)) is damaged or was cut off while it was written", mayBeTorn: true)
    }

    private mutating func report(_ what: String, mayBeTorn: Bool = false) {
        damage.append(CatalogCheck.Damage(path: path, what: what, mayBeTorn: mayBeTorn))
    }

    /// Accepts the frames after a damaged one without checking them, so that their pages are not reported as damage of
    /// the database file.
    private mutating func takeOnTrust(_ frames: borrowing Frames, from first: Int, salts: UInt64?) throws(Failure) {
        for index in first..<frames.count {
            let frame = try frames.read(index)
            if salts == nil || frame.salts == salts { take(frame) }
        }
    }

    private mutating func take(_ frame: Frame) {
        pages.insert(Int(frame.page))
        let size = Int(frame.commitSize)
        if size > 0 { sizes = min(size, sizes?.lowerBound ?? size)...max(size, sizes?.upperBound ?? size) }
    }

    private struct Header {
        static let size = 32

        /// Whether the checksums read the content as big-endian words.
        let isBigEndian: Bool
        let pageSize: Int
        let salts: UInt64
        let sum: Checksum

        /// Returns nil if the bytes are not a valid header.
        init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.size else { return nil }
            let magic = bytes.word(at: 0)
            guard magic & ~1 == 0x377F_0682, bytes.word(at: 4) == 3_007_000 else { return nil }
            isBigEndian = magic & 1 == 1
            pageSize = Int(bytes.word(at: 8))
            salts = UInt64(bigEndian: bytes.value(at: 16))
            sum = Checksum().adding(bytes[..<24], isBigEndian)
            guard sum == Checksum(at: 24, in: bytes) else { return nil }
            guard pageSize >= 512, pageSize <= 65536, pageSize & (pageSize - 1) == 0 else { return nil }
        }
    }

    /// The frames of a log, by their length alone.
    private struct Frames: ~Copyable {
        private let file: File
        private let frameSize: Int
        /// The number of complete frames.
        let count: Int
        /// The number of bytes after the last complete frame.
        let rest: Int

        init(_ file: consuming File, size: Int, _ pageSize: Int) {
            self.file = file
            frameSize = Frame.headerSize + pageSize
            (count, rest) = max(0, size - Header.size).quotientAndRemainder(dividingBy: frameSize)
        }

        func read(_ index: Int) throws(Failure) -> Frame {
            let bytes = try file.bytes(at: start(index), frameSize)
            guard index == count || bytes.count == frameSize else {
                throw Failure("\(file.path): became shorter while it was read")
            }
            return Frame(bytes)
        }

        func place(_ index: Int) -> String {
            "frame \(index + 1) (bytes \(start(index))..<\(start(index) + frameSize))"
        }

        private func start(_ index: Int) -> Int { Header.size + index * frameSize }
    }

    /// One version of a page, as a commit wrote it.
    private struct Frame {
        static let headerSize = 24

        let bytes: [UInt8]

        init(_ bytes: [UInt8]) { self.bytes = bytes }
        init(headerOf frame: Frame) { bytes = Array(frame.bytes[..<Self.headerSize]) }

        /// The page's number, from 1.
        var page: UInt32 { bytes.word(at: 0) }
        /// In the last frame of a commit, the number of pages of the database after that commit; 0 in other frames.
        var commitSize: UInt32 { bytes.word(at: 4) }
        var salts: UInt64 { UInt64(bigEndian: bytes.value(at: 8)) }
        var storedSum: Checksum { Checksum(at: 16, in: bytes) }

        /// Computes the frame's checksum from the checksum of the frame before.
        func sum(after sum: Checksum, _ header: Header) -> Checksum {
            sum.adding(bytes[..<8], header.isBigEndian).adding(bytes[Self.headerSize...], header.isBigEndian)
        }

        /// Whether the frame remains from an older log. A crash may also leave a frame that was never written; it is
        /// all zeros.
        func isOfOlderLog(_ header: Header) -> Bool {
            salts != header.salts && bytes[..<Self.headerSize].contains { $0 != 0 }
        }
    }

    /// SQLite's checksum of the log: two sums over pairs of 32-bit words.
    private struct Checksum: Equatable {
        private var first: UInt32 = 0
        private var second: UInt32 = 0

        init() {}

        init(at offset: Int, in bytes: [UInt8]) {
            first = bytes.word(at: offset)
            second = bytes.word(at: offset + 4)
        }

        /// - Parameter bytes: their number must be a multiple of 8.
        func adding(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> Checksum {
            var sum = self
            bytes.withUnsafeBytes { bytes in
                for at in stride(from: 0, to: bytes.count, by: 8) {
                    let a = bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
                    let b = bytes.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self)
                    sum.first &+= (isBigEndian ? UInt32(bigEndian: a) : UInt32(littleEndian: a)) &+ sum.second
                    sum.second &+= (isBigEndian ? UInt32(bigEndian: b) : UInt32(littleEndian: b)) &+ sum.first
                }
            }
            return sum
        }
    }
}

extension [UInt8] {
    var hash: UInt64 { withUnsafeBytes { hash64($0) } }

    func value<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Value {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
    }

    /// SQLite's numbers are big-endian.
    func word(at offset: Int) -> UInt32 { UInt32(bigEndian: value(at: offset)) }
}

extension File {
    /// Returns up to `count` bytes; fewer at the end of the file.
    func bytes(at offset: Int, _ count: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let n = try bytes.withUnsafeMutableBufferPointer { (room) throws(Failure) in
            try read(at: Int64(offset), into: UnsafeMutableRawBufferPointer(room))
        }
        bytes.removeLast(count - n)
        return bytes
    }
}
