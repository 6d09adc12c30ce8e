package import Basics
internal import Corpus
internal import Foundation

/// A hidden file next to a record (such as scores.json). It lists the size and the time of modification of each file in
/// the record, and the digest of the record itself.
///
/// A resumed command trusts a file whose size and time are the listed ones, and reads every other file again. The times
/// are not in the record itself, so that the same work gives a record with the same bytes on every machine. Folders of
/// dedup 0.1.0 have no such file, so all their files are read once. The last line is the XXH3-128 of all preceding
/// bytes. A missing or damaged file counts as empty.
package final class WrittenFiles: Sendable {
    private struct Entry: Codable, Equatable {
        let name: String
        let bytes: Int64
        /// Time of modification in nanoseconds since 1970.
        let modified: Int64
        /// XXH3-128. It is compared with the record's digest, because after a crash this file may belong to an older
        /// record.
        let digest: String
    }

    private struct Content: Codable {
        /// The digests that the record may have. While the record is being replaced there are two: the old and the new
        /// one.
        var records: [String] = []
        var files: [Entry] = []
    }

    private struct State {
        var records: [String] = []
        var files: [BytewiseName: Entry] = [:]
        var hasChanged = false
        var isLoaded = false
    }

    /// The path of the hidden file.
    package let path: String
    /// The folder that the names in this file are relative to.
    private let root: String
    private let state = Locked(State())

    package init(_ path: String, below root: String) {
        self.path = path
        self.root = root
    }

    // MARK: Checking files

    /// Whether a file exists and has the recorded content. A file of another size is not read; a file of the right size
    /// is read only if its time of modification differs from the noted one.
    ///
    /// - Parameter trusts: false to read the bytes in any case.
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

    /// Returns a message about damage to this file or to the record; nil if neither is damaged, or if this file is
    /// missing.
    ///
    /// - Parameter record: the path of the record.
    package func damage(ofRecord record: String) throws(Failure) -> String? {
        guard let bytes = try Self.bytes(path) else { return nil }
        guard let content = Self.content(bytes) else {
            return "\(path): damaged: its content differs from what was written; remove it"
        }
        let digest = try File.digest(of: record).description
        return content.records.contains(digest) ? nil : "\(record): damaged: its content differs from what was written"
    }

    // MARK: Recording files

    /// Notes the size and the time of modification of a complete file.
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

    /// Removes a file from the list; called before the file is deleted.
    package func forget(_ path: String) throws(Failure) {
        try withState { state in
            if state.files.removeValue(forKey: self.name(path)) != nil { state.hasChanged = true }
        }
    }

    /// Writes this file and syncs it; called before the record is written.
    ///
    /// - Parameters:
    ///   - record: the digest of the record that is about to be written.
    ///   - earlier: the digest of the existing record; nil if there is none.
    ///   - temporary: the path that the file is written to before it is renamed.
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

    // MARK: Reading the hidden file

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
        // Dedup does not write such a file, so it is damaged and is not read.
        guard status.isRegular, status.size <= File.largestWhole else { return [] }
        return try File.whole(path)
    }

    /// Decodes the file; nil if it is damaged.
    private static func content(_ bytes: [UInt8]) -> Content? {
        // The digest has 32 characters, and there are two newlines.
        guard bytes.count > 34 else { return nil }
        let json = Array(bytes.dropLast(33))
        guard Array((digest(json) + "\n").utf8) == Array(bytes.suffix(33)) else { return nil }
        return try? JSONDecoder().decode(Content.self, from: Data(json))
    }
}
