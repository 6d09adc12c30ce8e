package import Basics
internal import Corpus

/// What reading every file of a folder found.
package struct Verification {
    package private(set) var files = 0
    package private(set) var bytes: Int64 = 0
    /// What is damaged: bytes that were read and are not what was written, and files that are gone; a line for each.
    package private(set) var damage: [String] = []
    /// What cannot be read; nothing is known of its bytes. A line for each.
    package private(set) var unreadable: [String] = []
    /// What a run that was stopped left, which the next run of the same command continues or clears away; a line for
    /// each.
    package private(set) var stops: [String] = []

    private let progress: (_ files: Int) -> Void

    /// - Parameter progress: called before every file with the number of those read.
    package init(_ progress: @escaping (_ files: Int) -> Void) {
        self.progress = progress
    }

    package mutating func addDamage(_ line: String) { damage.append(line) }
    package mutating func addStop(_ line: String) { if !stops.contains(line) { stops.append(line) } }

    /// Sorts an error in: a failed call of the system tells nothing of the bytes.
    package mutating func add(_ failure: Failure) {
        if failure.kind == .system { unreadable.append(failure.message) } else { damage.append(failure.message) }
    }

    package mutating func count(_ path: String) {
        files += 1
        bytes += (try? File.status(at: path)?.size) ?? 0
        progress(files)
    }

    /// Reads a file and compares its bytes.
    ///
    /// - Parameters:
    ///   - digests: what the XXH3-128 may be.
    ///   - size: how many bytes the file has; nil where that is not recorded. A file of another size is not read.
    ///   - first: how many bytes count.
    package mutating func check(_ path: String, digests: Set<String>, size: Int64? = nil, first: Int64 = .max) {
        check(path) { () throws(Failure) in
            guard let status = try File.status(at: path) else { throw Failure("\(path): gone since it was written") }
            if let size, status.isRegular, status.size != size {
                throw Failure("\(path): damaged: \(status.size) bytes long, and \(size) were written")
            }
            guard digests.contains(try File.digest(of: path, first: first).description) else {
                throw Failure("\(path): damaged: its content is not what was written")
            }
        }
    }

    package mutating func check(_ path: String, _ verify: () throws(Failure) -> Void) {
        count(path)
        do throws(Failure) { try verify() } catch { add(error) }
    }
}
