package import Basics

/// Where the new lines begin in a shard whose file has grown at its end since an earlier run processed it.
package struct AppendedLines: Sendable {
    /// The offset of the first new byte in the decoded shard.
    package let start: Int
    /// Whether the shard's last line had no newline at its end when the shard was processed.
    package let lastLineWasOpen: Bool

    /// Reads the shard to its end.
    ///
    /// - Parameter bytes: the decoded length of the shard when it was processed. The caller has checked that these
    ///   bytes of the file are unchanged.
    /// - Throws: if the shard is damaged, or if the new bytes continue the shard's former last line.
    package init(of shard: Shard, after bytes: Int, limits: ReadLimits) throws(Failure) {
        var decoder = try ShardDecoder(path: shard.path, name: shard.name, windowLimit: limits.window)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: limits.batch, alignment: 64)
        defer { room.deallocate() }
        var position = 0
        var last = newline
        var next: UInt8?
        var isByteOrderMark = false
        while true {
            let count = try decoder.read(into: room)
            if count == 0 { break }
            if position < bytes, bytes <= position + count { last = room[bytes - 1 - position] }
            if position <= bytes, bytes < position + count { next = room[bytes - position] }
            if position == 0 {
                isByteOrderMark = bytes == 3 && room.prefix(min(3, count)).elementsEqual([0xEF, 0xBB, 0xBF])
            }
            position += count
        }
        guard position >= bytes else {
            throw Failure(
                "\(shard.name): shorter than when it was processed; restore the file, or use \(Parameter.replace)")
        }
        lastLineWasOpen = bytes > 0 && last != newline && !isByteOrderMark
        start = lastLineWasOpen && next == newline ? bytes + 1 : bytes
        if lastLineWasOpen, let next, next != newline {
            throw Failure(
                "\(shard.name), byte \(bytes): the new bytes continue the shard's former last line; restore the old "
                    + "shard and put the new lines into a new one, or rewrite the whole output with "
                    + "\(Parameter.replace)")
        }
    }
}
