internal import Basics

/// The bytes of one shard's file as they are on the disk: read once, in order, hashed on the way, through one buffer
/// that is used again and again. Notices a file that changes meanwhile.
struct CompressedInput: ~Copyable, @unchecked Sendable {
    /// Bytes of the buffer.
    static let bufferSize = 256 << 10

    /// The shard's name, for messages.
    let name: String
    let compression: Compression
    /// What the open descriptor said at the start.
    let status: File.Status
    /// Bytes read from the file so far.
    private(set) var bytesRead: Int64 = 0
    private(set) var isAtEnd = false

    private let file: File
    private let storage: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var hash: RunningHash

    /// - Parameter compression: nil to go by the first bytes.
    init(path: String, name: String, compression: Compression?) throws(Failure) {
        let file = try File(path, .read)
        let status = try file.status()
        let actual: Compression
        if let compression { actual = compression } else { actual = try Self.compression(of: file, name) }
        self.name = name
        self.compression = actual
        self.file = file
        self.status = status
        hash = RunningHash()
        storage = .allocate(byteCount: actual == .none ? 0 : Self.bufferSize, alignment: 64)
    }

    /// Looks at the first bytes; reading begins with them all the same.
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

    /// What is in the buffer and not consumed yet.
    var unread: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[start..<end]) }

    /// Where in the file the unread bytes begin.
    var position: Int64 { bytesRead - Int64(end - start) }

    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= end - start)
        start += count
    }

    /// Reads on until `count` bytes are unread, or the file ends.
    mutating func fill(atLeast count: Int) throws(Failure) {
        precondition(count <= Self.bufferSize)
        while end - start < count && !isAtEnd {
            if start > 0 {
                // Callers ask for a few bytes, so this moves a few bytes.
                storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<end]))
                end -= start
                start = 0
            }
            end += try readOn(into: UnsafeMutableRawBufferPointer(rebasing: storage[end...]))
        }
    }

    /// Reads past the buffer into `room`; 0 at the end of the file.
    mutating func readOn(into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        let count = try file.read(into: room)
        isAtEnd = count == 0
        hash.update(UnsafeRawBufferPointer(rebasing: room[..<count]))
        bytesRead += Int64(count)
        // A file that grows as fast as it is read would never end.
        if bytesRead > status.size { throw changed(to: try file.status()) }
        return count
    }

    /// Throws when the file is no longer what it was at the start; at its end also when other than its size was read.
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

    /// The form of every message about a shard's bytes.
    ///
    /// - Parameter isDamage: whether the bytes themselves are at fault. Where the memory is too small for them, or the file
    ///   changed, another machine or another moment would have read the shard.
    func failure(_ what: String, at offset: Int64, why: String, todo: String, isDamage: Bool = true) -> Failure {
        let message = "\(name): \(what) at byte \(offset) of the file: \(why); \(todo)"
        return isDamage ? Failure(damagedShard: name, message) : Failure(message)
    }
}
