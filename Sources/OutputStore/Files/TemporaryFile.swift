package import Basics
internal import Corpus
internal import Foundation

/// A file under a name that no reader takes for a shard's.
package final class TemporaryFile {
    private let file: File
    package private(set) var size: Int64
    private var hash: RunningHash
    package var path: String { file.path }
    package var name: String { (path as NSString).lastPathComponent }

    package init(_ path: String) throws(Failure) {
        file = try File(path, .create)
        size = 0
        hash = RunningHash()
    }

    /// Goes on with the first bytes of a file.
    package init(_ path: String, _ part: PartialShard.PartialFile) throws(Failure) {
        let damaged = Failure(
            "\(path): damaged: not what was written; restore it, or make the whole output anew with --force")
        size = part.bytes
        guard try File.status(at: path)?.size ?? -1 >= size else { throw damaged }
        hash = try File.hash(of: path, first: size)
        guard hash.value.description == part.digest else { throw damaged }
        file = try File(path, .update)
        try file.truncate(to: size)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        try file.write(bytes)
        hash.update(bytes)
        size += Int64(bytes.count)
    }

    package var digest: String { hash.value.description }
    package func sync() throws(Failure) { try file.sync() }
}
