internal import Basics

/// Reads the file of one shard once, in order, through a reusable buffer. It hashes the bytes as they are on the disk,
/// and detects that the file changes while it is read.
struct CompressedInput: ~Copyable, @unchecked Sendable {
    /// The size of the buffer in bytes.
    static let bufferSize = 256 << 10

    /// The shard's name, for messages.
    let name: String
    let compression: Compression
    /// The file's status when it was opened.
    let status: File.Status
    /// The number of bytes read from the file so far.
    private(set) var bytesRead: Int64 = 0
    private(set) var isAtEnd = false

    /// The open file; other threads read frames from it (`FrameRun`).
    let file: SharedFile
    private let storage: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var hash: RunningHash

    /// - Parameter compression: nil to detect it from the first bytes.
    init(path: String, name: String, compression: Compression?) throws(Failure) {
        let file = try File(path, .read)
        let status = try file.status()
        let actual: Compression
        if let compression { actual = compression } else { actual = try Self.compression(of: file, name) }
        self.name = name
        self.compression = actual
        self.file = SharedFile(file)
        self.status = status
        hash = RunningHash()
        storage = .allocate(byteCount: actual == .none ? 0 : Self.bufferSize, alignment: 64)
    }

    /// Detects the compression from the first bytes of the file, without advancing the read position.
    private static func compression(of file: borrowing File, _ name: String) throws(Failure) -> Compression {
        let head = UnsafeMutableRawBufferPointer.allocate(byteCount: ForeignContent.bytesNeeded, alignment: 1)
        defer { head.deallocate() }
        let count = try file.read(at: 0, into: head)
        return Compression(firstBytes: UnsafeRawBufferPointer(rebasing: head[..<count]), name: name)
    }

    deinit {
        storage.deallocate()
    }

    /// XXH3 of all the bytes read so far.
    var digest: Hash128 { hash.value }

    /// The bytes in the buffer that are not consumed yet.
    var unread: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[start..<end]) }

    /// The offset in the file of the first unread byte.
    var position: Int64 { bytesRead - Int64(end - start) }

    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= end - start)
        start += count
    }

    /// Consumes `bytes`, the next unread bytes of the file, which another thread has read: those that are not in the
    /// buffer count as read from now on.
    mutating func consume(readElsewhere bytes: UnsafeRawBufferPointer) {
        let buffered = min(bytes.count, end - start)
        start += buffered
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[buffered...]))
        bytesRead += Int64(bytes.count - buffered)
    }

    /// Reads until at least `count` bytes are unread, or the file ends.
    mutating func fill(atLeast count: Int) throws(Failure) {
        precondition(count <= Self.bufferSize)
        while end - start < count && !isAtEnd {
            if start > 0 {
                // Callers ask for a few bytes only, so few bytes are moved.
                storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<end]))
                end -= start
                start = 0
            }
            end += try readOn(into: UnsafeMutableRawBufferPointer(rebasing: storage[end...]))
        }
    }

    /// Reads into `room` and not into the buffer; returns 0 at the end of the file.
    mutating func readOn(into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        let count = try file.read(at: bytesRead, into: room)
        isAtEnd = count == 0
        hash.update(UnsafeRawBufferPointer(rebasing: room[..<count]))
        bytesRead += Int64(count)
        // Without this check, reading a file that grows as fast as it is read would never end.
        if bytesRead > status.size { throw changed(to: try file.status()) }
        return count
    }

    /// Throws if the file's size or time of modification has changed since it was opened. At the end of the file, also
    /// if the number of bytes read differs from its size.
    func checkUnchanged() throws(Failure) {
        let now = try file.status()
        guard now.size == status.size, now.modified == status.modified, !isAtEnd || bytesRead == status.size else {
            throw changed(to: now)
        }
    }

    private func changed(to now: File.Status) -> Failure {
        let how =
            now.size == status.size
            ? "it was written to" : "it had \(status.size) bytes when it was opened and has \(now.size) now"
        return failure(
            "the file changed while it was read", at: bytesRead, why: how,
            todo: "run again when nothing writes to it", isDamage: false)
    }

    /// Builds a message about a shard's bytes; all of them have the same form.
    ///
    /// - Parameter isDamage: whether the bytes themselves are damaged. False if memory was too small or the file
    ///   changed: the same shard could then be read elsewhere or later.
    func failure(_ what: String, at offset: Int64, why: String, todo: String, isDamage: Bool = true) -> Failure {
        let message = "\(name): \(what) at byte \(offset) of the file: \(why); \(todo)"
        return isDamage ? Failure(damagedShard: name, message) : Failure(message)
    }
}
