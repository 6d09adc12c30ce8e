import Foundation

/// A folder that is gone with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/dedup-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    static func / (folder: TemporaryFolder, name: String) -> String { folder.path + "/" + name }

    /// Writes a file, and the folders above it; returns its path.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = self / name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    /// Writes a shard, compressed as its name says; returns its path.
    @discardableResult
    func shard(_ name: String, _ lines: [String]) throws -> String {
        try shard(name, Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    @discardableResult
    func shard(_ name: String, _ content: [UInt8]) throws -> String { try write(encoded(content, for: name), to: name) }

    /// When a file was last written to.
    func modified(_ name: String) -> timespec {
        var status = stat()
        stat(self / name, &status)
        return status.st_mtim
    }

    func setModified(_ name: String, _ time: timespec) {
        let times = [time, time]
        utimensat(AT_FDCWD, self / name, times, 0)
    }

    /// Puts other bytes into a file, of the same number, and does as if it had not been written to.
    func garble(_ name: String) throws {
        let time = modified(name)
        try write([UInt8](repeating: UInt8(ascii: "?"), count: bytes(name).count), to: name)
        setModified(name, time)
    }

    @discardableResult
    func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: self / name, withIntermediateDirectories: true)
        return self / name
    }

    @discardableResult
    func link(_ name: String, to target: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: (self / name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: self / name, withDestinationPath: target)
        return self / name
    }

    func remove(_ name: String) throws {
        if exists(name) { try FileManager.default.removeItem(atPath: self / name) }
    }

    func exists(_ name: String) -> Bool {
        var status = stat()
        return lstat(self / name, &status) == 0
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: self / name)))
    }

    /// The decoded content of a shard.
    func decoded(_ name: String) throws -> [UInt8] { try CommandLineTests.decoded(bytes(name), for: name) }

    func decodedText(_ name: String) throws -> String { String(decoding: try decoded(name), as: UTF8.self) }

    /// The relative paths of all files and links below a folder, hidden ones included, ascending.
    func files(below folder: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: self / folder)?.compactMap { $0 as? String } ?? []
        return all.filter { name in
            var isFolder: ObjCBool = false
            let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: self / folder + "/" + name)) != nil
            return isLink
                || FileManager.default.fileExists(atPath: self / folder + "/" + name, isDirectory: &isFolder)
                    && !isFolder.boolValue
        }.sorted()
    }

    /// Everything that can be seen of a folder: names, kinds, sizes, times and contents.
    func listing(_ folder: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: self / folder)?.compactMap { $0 as? String } ?? []
        return try ([""] + names).sorted().map { name in
            var status = stat()
            let path = self / folder + "/" + name
            guard lstat(path, &status) == 0 else { return "\(name): gone" }
            let isFile = status.st_mode & S_IFMT == S_IFREG
            let content = isFile ? try Data(contentsOf: URL(fileURLWithPath: path)).hashValue : 0
            return "\(name) \(status.st_mode) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
                + "\(status.st_ino) \(content)"
        }
    }
}
