package import Basics

/// A position between two lines of a shard where a later run can resume reading. It is stored in the catalog.
package struct ReadPoint: Sendable, Codable, Equatable {
    /// The number of the next line, from 1.
    package let line: Int
    /// The offset of the next line in the decoded shard.
    package let byte: Int
    /// The number of bytes of the file that had been read: more than the content up to this point needs, by a part of
    /// the input buffer, or by a part of the frames that another thread decoded at once.
    package let fileBytes: Int64
    /// XXH3-128 of these bytes, in hexadecimal.
    package let digest: String
    /// The file's size in bytes when it was read.
    package let size: Int64
    /// The file's time of modification in nanoseconds since 1970, when it was read.
    package let modified: Int64

    /// Creates a point; the properties explain the parameters.
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
    /// XXH3-128 of the first `bytes` bytes of a file, or of the whole file.
    ///
    /// - Throws: if the file cannot be read.
    package static func digest(of path: String, first bytes: Int64 = .max) throws(Failure) -> Hash128 {
        try hash(of: path, first: bytes).value
    }

    /// The running XXH3-128 of the first `bytes` bytes of a file, to which the caller can add the bytes that follow.
    ///
    /// - Throws: if the file cannot be read.
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
