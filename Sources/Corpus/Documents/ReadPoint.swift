package import Basics

/// A place between two lines of a shard, where reading can go on later.
package struct ReadPoint: Sendable, Codable, Equatable {
    /// The line that comes next; lines count from 1.
    package let line: Int
    /// Where it begins in the decoded shard.
    package let byte: Int
    /// Bytes of the file that had been read by then, a little more than what is decoded of them.
    package let fileBytes: Int64
    /// XXH3-128 of these bytes.
    package let digest: String
    /// The size and the time of modification of the file.
    package let size: Int64
    package let modified: Int64

    package init(line: Int, byte: Int, fileBytes: Int64, digest: String, size: Int64, modified: Int64) {
        self.line = line
        self.byte = byte
        self.fileBytes = fileBytes
        self.digest = digest
        self.size = size
        self.modified = modified
    }
}

extension File {
    /// XXH3-128 of a file, or of its first bytes.
    package static func digest(of path: String, first bytes: Int64 = .max) throws(Failure) -> Hash128 {
        try hash(of: path, first: bytes).value
    }

    /// The running XXH3-128 of a file, or of its first bytes: to go on with what follows.
    package static func hash(of path: String, first bytes: Int64 = .max) throws(Failure) -> RunningHash {
        let file = try File(path, .read)
        var hash = RunningHash()
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { room.deallocate() }
        var left = bytes
        while left > 0 {
            let part = UnsafeMutableRawBufferPointer(rebasing: room[..<Int(min(left, Int64(room.count)))])
            let count = try file.read(into: part)
            if count == 0 { break }
            hash.update(UnsafeRawBufferPointer(rebasing: part[..<count]))
            left -= Int64(count)
        }
        return hash
    }
}
