import Basics
package import Foundation

/// A folder that is removed when the last reference to it goes, whether the test passed or failed.
///
/// All folders of one process lie in one parent folder, which is removed when the process exits. So the folders that
/// static properties hold, which Swift never releases, are removed too.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// Makes an empty folder.
    ///
    /// - Parameter inMemory: whether to make it below `/dev/shm` where that is writable, so that no test waits for a
    ///   disk.
    package init(inMemory: Bool = false) throws {
        let parent = (inMemory ? Self.memoryParent : nil) ?? Self.diskParent
        path = parent + "/" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { Self.remove(path) }

    private static let diskParent = parent(
        below: FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path)

    private static let memoryParent: String? = {
        let memory = "/dev/shm"
        return FileManager.default.isWritableFile(atPath: memory) ? parent(below: memory) : nil
    }()

    /// The parent folders of this process, for the function that runs at exit.
    private static let parents = Locked<[String]>([])

    private static func parent(below folder: String) -> String {
        let path = folder + "/dedup-tests-\(getpid())-\(UUID().uuidString.prefix(8))"
        let isFirst = parents.withLock { parents in
            parents.append(path)
            return parents.count == 1
        }
        if isFirst {
            atexit {
                for parent in TemporaryFolder.parents.withLock({ $0 }) { TemporaryFolder.remove(parent) }
            }
        }
        return path
    }

    private static func remove(_ path: String) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            // It fails where a path below is longer than the system's calls take, which `rm` copes with.
            var identifier: pid_t = 0
            let code = withCStrings(["/bin/rm", "-rf", path]) {
                posix_spawn(&identifier, "/bin/rm", nil, nil, $0, environ)
            }
            if code == 0 { waitpid(identifier, nil, 0) }
        }
    }
}

extension TemporaryFolder {
    /// The path of an item of the folder.
    package static func / (folder: TemporaryFolder, name: String) -> String { folder.path + "/" + name }

    // MARK: Writing

    /// Writes a file, and makes the folders above it; returns its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = self / name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Writes a text file, and makes the folders above it; returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    /// Writes a shard of these lines, compressed as its name says; returns its path.
    @discardableResult
    package func shard(_ name: String, _ lines: [String]) throws -> String {
        try shard(name, Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    /// Writes a shard of these bytes, compressed as its name says; returns its path.
    @discardableResult
    package func shard(_ name: String, _ content: [UInt8]) throws -> String {
        try write(encoded(content, for: name), to: name)
    }

    /// Makes a folder in this one; returns its path.
    @discardableResult
    package func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: self / name, withIntermediateDirectories: true)
        return self / name
    }

    /// Makes a symbolic link, and the folders above it; returns its path.
    @discardableResult
    package func link(_ name: String, to target: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: (self / name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: self / name, withDestinationPath: target)
        return self / name
    }

    /// Removes an item, if it exists.
    package func remove(_ name: String) throws {
        if exists(name) { try FileManager.default.removeItem(atPath: self / name) }
    }

    /// Overwrites a file with as many other bytes, and keeps its modification time.
    package func garble(_ name: String) throws {
        let time = modified(name)
        try write([UInt8](repeating: UInt8(ascii: "?"), count: bytes(name).count), to: name)
        setModified(name, time)
    }

    package func setModified(_ name: String, _ time: timespec) {
        let times = [time, time]
        utimensat(AT_FDCWD, self / name, times, 0)
    }

    // MARK: Reading

    /// Whether there is an item of this name; a symbolic link counts, even if its target is missing.
    package func exists(_ name: String) -> Bool {
        var status = stat()
        return lstat(self / name, &status) == 0
    }

    package func bytes(_ name: String) throws -> [UInt8] { try bytesOfFile(self / name) }

    /// The decoded content of a shard.
    package func decoded(_ name: String) throws -> [UInt8] { try TestSupport.decoded(bytes(name), for: name) }

    package func decodedText(_ name: String) throws -> String { String(decoding: try decoded(name), as: UTF8.self) }

    /// The time at which a file was last written to.
    package func modified(_ name: String) -> timespec {
        var status = stat()
        stat(self / name, &status)
        return status.st_mtim
    }

    /// The names of the folder's own items, ascending.
    package func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    /// The content of each of the folder's own files, by name.
    package func contents() throws -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: try names().map { ($0, try bytes($0)) })
    }

    /// The relative paths of all files and links below a folder, hidden ones included, ascending.
    package func files(below folder: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: self / folder)?.compactMap { $0 as? String } ?? []
        return all.filter { name in
            var isFolder: ObjCBool = false
            let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: self / folder + "/" + name)) != nil
            return isLink
                || FileManager.default.fileExists(atPath: self / folder + "/" + name, isDirectory: &isFolder)
                    && !isFolder.boolValue
        }.sorted()
    }

    /// One line for each item below a folder, with its name, kind, size, times, inode and a hash of its content.
    ///
    /// Two listings of one process are equal only if nothing below the folder changed between them.
    package func listing(_ folder: String) throws -> [String] {
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

/// Reads a whole file.
package func bytesOfFile(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(fileURLWithPath: path)))
}
