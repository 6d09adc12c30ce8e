#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What changes folders, and what changes files through `File`: each call can be watched, and made to fail, by a test.
package enum Disk {
    /// A call that is about to be made.
    package enum Call: Sendable {
        /// Makes a file, or cuts one to nothing.
        case create(String)
        /// Opens a file as it is, to write to it, or makes it.
        case open(String)
        case write(String, at: Int64, [UInt8])
        /// What was written to the file, or changed in the folder, is for good.
        case sync(String)
        case truncate(String, to: Int64)
        case rename(String, to: String)
        case makeFolder(String)
        case remove(String)
    }

    private static let watcher = Locked<(@Sendable (Call) -> Int32?)?>(nil)

    /// Has `body` see every call before it is made; what it returns is the error number that the call fails with.
    package static func watch(_ body: (@Sendable (Call) -> Int32?)?) {
        watcher.withLock { $0 = body }
    }

    /// Whether the test that watches wants the call to fail; errno says how.
    static func refuses(_ call: @autoclosure () -> Call) -> Bool {
        guard let watch = watcher.withLock({ $0 }), let error = watch(call()) else { return false }
        errno = error
        return true
    }

    /// - Throws: where the test that watches wants the call to fail.
    static func announce(_ call: @autoclosure () -> Call, _ what: String, _ path: String) throws(Failure) {
        if refuses(call()) { throw .system(what, path) }
    }

    /// Makes a folder, and those above it that are missing, for good: the folder above a new one is synced.
    package static func makeFolder(_ path: String) throws(Failure) {
        if let status = try File.status(at: path) {
            if status.isFolder { return }
            throw Failure("cannot make the folder \(path): a file of that name is there")
        }
        let above = folder(of: path)
        if above != path { try makeFolder(above) }
        let what = "cannot make the folder"
        try announce(.makeFolder(path), what, path)
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .system(what, path) }
        try sync(folder: above)
    }

    /// Removes what is there: a file or a link. A folder is an error: it is not what was to be removed.
    package static func remove(_ path: String) throws(Failure) {
        guard let kind = Folder.kind(of: path) else { return }
        if kind == .folder {
            throw Failure("cannot remove \(path): it is a folder, and a file was expected; move it away")
        }
        try announce(.remove(path), "cannot remove", path)
        guard unlink(path) == 0 || errno == ENOENT else { throw .system("cannot remove", path) }
    }

    /// Removes what is there, a folder with all that is in it. Links are removed and not followed, and another file
    /// system that is mounted below stops it.
    package static func removeTree(_ path: String) throws(Failure) {
        guard Folder.kind(of: path) == .folder else { return try remove(path) }
        let device = try File.status(at: path)?.device
        if device != (try File.status(at: folder(of: path))?.device) {
            throw Failure("cannot remove \(path): a mount point; unmount it first")
        }
        for entry in try Folder.entries(of: path) { try removeTree(path + "/" + entry.name) }
        guard rmdir(path) == 0 else { throw .system("cannot remove", path) }
    }

    package static func rename(_ from: String, _ to: String) throws(Failure) {
        let what = "cannot give a finished file its name"
        try announce(.rename(from, to: to), what, to)
        guard systemRename(from, to) == 0 else { throw .system(what, to) }
    }

    /// Returns when the names in a folder are for good.
    package static func sync(folder: String) throws(Failure) {
        try File(folder, .folder).sync()
    }

    /// The folder that a path's last component lies in.
    package static func folder(of path: String) -> String {
        let bytes = path.utf8
        guard let end = bytes.lastIndex(where: { $0 != slash }), let cut = bytes[...end].lastIndex(of: slash) else {
            return bytes.first == slash ? "/" : "."
        }
        let above = bytes[..<cut]
        guard let last = above.lastIndex(where: { $0 != slash }) else { return "/" }
        return String(path[...last])
    }

    private static var slash: UInt8 { UInt8(ascii: "/") }

    private static func systemRename(_ from: String, _ to: String) -> Int32 {
        #if canImport(Glibc)
            Glibc.rename(from, to)
        #elseif canImport(Musl)
            Musl.rename(from, to)
        #else
            Darwin.rename(from, to)
        #endif
    }
}
