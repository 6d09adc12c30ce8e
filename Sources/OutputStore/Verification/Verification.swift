package import Basics
internal import Corpus

/// The findings of `dedup verify` in one folder.
package struct Verification {
    /// The number of files that were read.
    package private(set) var files = 0
    /// The total size of these files.
    package private(set) var bytes: Int64 = 0
    /// Messages about damage, one for each file: its content has changed, or it is missing.
    package private(set) var damage: [String] = []
    /// Messages about files that could not be read, one for each file. Their content may be correct.
    package private(set) var unreadable: [String] = []
    /// Messages about the remains of stopped runs. The next run of the same command continues or deletes them.
    package private(set) var stops: [String] = []

    private let progress: (_ files: Int) -> Void

    /// - Parameter progress: called before each file is read, with the number of files so far.
    package init(_ progress: @escaping (_ files: Int) -> Void) {
        self.progress = progress
    }

    /// Adds a message about damage.
    package mutating func addDamage(_ line: String) { damage.append(line) }
    /// Adds a message about the remains of a stopped run; the same message is added only once.
    package mutating func addStop(_ line: String) { if !stops.contains(line) { stops.append(line) } }

    /// Adds an error. A failed system call does not prove damage, so such a file counts as unreadable.
    package mutating func add(_ failure: Failure) {
        if failure.kind == .system { unreadable.append(failure.message) } else { damage.append(failure.message) }
    }

    /// Counts a file that is about to be read.
    package mutating func count(_ path: String) {
        files += 1
        bytes += (try? File.status(at: path)?.size) ?? 0
        progress(files)
    }

    /// Reads a file and compares its digest with the recorded ones.
    ///
    /// - Parameters:
    ///   - digests: the values that the XXH3-128 may have.
    ///   - size: the recorded size in bytes; nil if it is unknown. A file of another size is not read.
    ///   - first: the number of bytes, from the beginning of the file, that the digest covers.
    package mutating func check(_ path: String, digests: Set<String>, size: Int64? = nil, first: Int64 = .max) {
        check(path) { () throws(Failure) in
            guard let status = try File.status(at: path) else {
                throw Failure("\(path): missing, although it was written")
            }
            if let size, status.isRegular, status.size != size {
                throw Failure("\(path): damaged: \(status.size) bytes long, but \(size) were written")
            }
            guard digests.contains(try File.digest(of: path, first: first).description) else {
                throw Failure("\(path): damaged: its content differs from what was written")
            }
        }
    }

    /// Counts a file, calls `verify` and adds the error that it throws.
    package mutating func check(_ path: String, _ verify: () throws(Failure) -> Void) {
        count(path)
        do throws(Failure) { try verify() } catch { add(error) }
    }
}
