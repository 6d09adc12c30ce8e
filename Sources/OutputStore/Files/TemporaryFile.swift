package import Basics
internal import Corpus
internal import Foundation

/// A file that is being written under a temporary name, with a running digest. Readers of shards ignore it.
///
/// One owner at a time decides what follows in the file (`place`). Blocks that have their place can be written on any
/// thread.
package final class TemporaryFile: @unchecked Sendable {
    private let file: File
    /// The number of bytes that have their place in the file.
    package private(set) var size: Int64
    private var hash: RunningHash
    /// The path of the file, under its temporary name.
    package var path: String { file.path }
    /// The file's temporary name.
    package var name: String { (path as NSString).lastPathComponent }

    package init(_ path: String) throws(Failure) {
        file = try File(path, .create)
        size = 0
        hash = RunningHash()
    }

    /// Continues a partial file of an earlier run: bytes beyond the valid ones are cut off.
    ///
    /// - Throws: if the valid bytes are not what was written.
    package init(_ path: String, _ part: PartialShard.PartialFile) throws(Failure) {
        let damaged = Failure(
            "\(path): damaged: its content differs from what was written; restore it, or rewrite the whole output with "
                + Parameter.replace.description)
        size = part.bytes
        guard try File.status(at: path)?.size ?? -1 >= size else { throw damaged }
        hash = try File.hash(of: path, first: size)
        guard hash.value.description == part.digest else { throw damaged }
        file = try File(path, .update)
        try file.truncate(to: size)
    }

    /// Appends bytes to the file.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        try write(bytes, at: place(bytes))
    }

    /// Gives bytes the next place in the file, and returns its offset. They must be written there (`write(_:at:)`)
    /// before the file is synced.
    package func place(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        hash.update(bytes)
        defer { size += Int64(bytes.count) }
        return size
    }

    /// Writes bytes at the place that they got. Several threads may write at the same time.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Failure) {
        try file.write(bytes, at: offset)
    }

    /// XXH3-128 of the bytes that have their place so far, in hexadecimal.
    package var digest: String { hash.value.description }
    /// Syncs the content of the file to the disk.
    package func sync() throws(Failure) { try file.sync() }

    /// Deletes the file. The disk has its room again at once, even if the file stays open for a while.
    package func remove() throws(Failure) {
        if File.exists(path) { try file.truncate(to: 0) }
        try Disk.remove(path)
    }
}
