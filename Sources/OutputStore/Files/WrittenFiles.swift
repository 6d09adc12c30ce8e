package import Basics
internal import Corpus
internal import Foundation

/// A hidden file beside a record of written files: the size and the time of modification of each file, and the digest
/// that the record itself may have.
///
/// A resumed command trusts a file whose size and time are the ones noted here, and reads every other file again. The
/// times stand here and not in the record, so that the record of the same work is the same bytes everywhere. A folder
/// of dedup 0.1.0 has no such file: its files are read once. The file ends with the XXH3-128 of what comes before; one
/// that is damaged or missing counts as empty.
package final class WrittenFiles: Sendable {
    private struct Entry: Codable, Equatable {
        let name: String
        let bytes: Int64
        /// Nanoseconds since 1970.
        let modified: Int64
        /// XXH3-128. A stop can leave a file beside a record of the one before it.
        let digest: String
    }

    private struct Content: Codable {
        /// The digests that the record may have: a stop can come before or after it is written.
        var records: [String] = []
        var files: [Entry] = []
    }

    private struct State {
        var records: [String] = []
        var files: [BytewiseName: Entry] = [:]
        var hasChanged = false
        var isLoaded = false
    }

    package let path: String
    /// What the names in it are relative to.
    private let root: String
    private let state = Locked(State())

    package init(_ path: String, below root: String) {
        self.path = path
        self.root = root
    }

    // MARK: Looking

    /// Whether a file is there with the content that its record tells of: it has the noted size and time, or its bytes
    /// are read.
    ///
    /// - Parameter trusts: false to read its bytes in any case.
    package func isWhole(_ path: String, bytes: Int64, digest: String, trusts: Bool = true) throws(Failure) -> Bool {
        guard let status = try File.status(at: path), status.isRegular, status.size == bytes else { return false }
        let noted = try withState { $0.files[self.name(path)] }
        if trusts, let noted, noted.bytes == bytes, noted.modified == status.modified, noted.digest == digest {
            return true
        }
        guard try File.digest(of: path).description == digest else { return false }
        try note(path, digest: digest)
        return true
    }

    /// What is wrong with this file itself or with the record beside it; nil where nothing is, or nothing is known.
    ///
    /// - Parameter record: the path of the record.
    package func damage(ofRecord record: String) throws(Failure) -> String? {
        guard let bytes = try Self.bytes(path) else { return nil }
        guard let content = Self.content(bytes) else {
            return "\(path): damaged: its content is not what was written; remove it"
        }
        let digest = try File.digest(of: record).description
        return content.records.contains(digest) ? nil : "\(record): damaged: its content is not what was written"
    }

    // MARK: Noting

    /// Notes the size and the time of a file that is whole.
    package func note(_ path: String, digest: String) throws(Failure) {
        guard let status = try File.status(at: path) else { return }
        let name = name(path)
        let entry = Entry(name: name.string, bytes: status.size, modified: status.modified, digest: digest)
        try withState { state in
            if state.files[name] == entry { return }
            state.files[name] = entry
            state.hasChanged = true
        }
    }

    /// Forgets a file that is about to be deleted.
    package func forget(_ path: String) throws(Failure) {
        try withState { state in
            if state.files.removeValue(forKey: self.name(path)) != nil { state.hasChanged = true }
        }
    }

    /// Makes what was noted durable, before the record is written.
    ///
    /// - Parameters:
    ///   - record: the digest of the record that is about to be written.
    ///   - earlier: that of the record that is there.
    ///   - temporary: where the file is written before it gets its name.
    package func write(record: String, earlier: String?, temporary: @autoclosure () -> String) throws(Failure) {
        let records = earlier.map { $0 == record ? [record] : [$0, record] } ?? [record]
        let content: Content? = try withState { state in
            if !state.hasChanged && state.records == records { return nil }
            let files = state.files.values.sorted { $0.name.precedesBytewise($1.name) }
            state.records = records
            state.hasChanged = false
            return Content(records: records, files: files)
        }
        guard let content else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(content) else { throw Failure("\(path): cannot be encoded") }
        let text = String(decoding: json, as: UTF8.self) + "\n"
        let file = try File(temporary(), .create)
        do throws(Failure) {
            try file.write(text + Self.digest(Array(text.utf8)) + "\n")
            try file.sync()
            try Disk.rename(file.path, path)
            try Disk.sync(folder: Disk.folder(of: path))
        } catch {
            try? Disk.remove(file.path)
            throw error
        }
    }

    // MARK: The file

    private func name(_ path: String) -> BytewiseName { BytewiseName(String(path.dropFirst(root.count + 1))) }

    private func withState<Result>(_ body: (inout State) -> Result) throws(Failure) -> Result {
        try state.withLock { (state) throws(Failure) in
            if !state.isLoaded {
                let content = try Self.bytes(path).flatMap(Self.content) ?? Content()
                state.records = content.records
                state.files = Dictionary(content.files.map { (BytewiseName($0.name), $0) }) { $1 }
                state.isLoaded = true
            }
            return body(&state)
        }
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { Hash128($0).description }
    }

    private static func bytes(_ path: String) throws(Failure) -> [UInt8]? {
        guard let status = try File.status(at: path) else { return nil }
        // Dedup writes no such file: it is damaged, and nothing of it is read.
        guard status.isRegular, status.size <= File.largestWhole else { return [] }
        return try File.whole(path)
    }

    /// nil when it is not what was written.
    private static func content(_ bytes: [UInt8]) -> Content? {
        // The digest and two newlines.
        guard bytes.count > 34 else { return nil }
        let json = Array(bytes.dropLast(33))
        guard Array((digest(json) + "\n").utf8) == Array(bytes.suffix(33)) else { return nil }
        return try? JSONDecoder().decode(Content.self, from: Data(json))
    }
}
