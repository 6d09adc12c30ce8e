#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Lists folders and resolves paths with system calls alone, because a folder may contain millions of files.
package enum Folder {
    /// One entry of a folder.
    package struct Entry: Sendable {
        /// The type of an entry.
        package enum Kind: Sendable {
            case file
            case folder
            case link
            /// A pipe, socket or device.
            case other
        }

        /// The name; bytes that are not UTF-8 are replaced by U+FFFD.
        package let name: String
        /// Whether the name is UTF-8, so that `name` is exact.
        package let isUTF8: Bool
        /// The type of the entry itself: links are not followed.
        package let kind: Kind
    }

    /// The entries of the folder at `path` in no particular order, without `.` and `..`.
    package static func entries(of path: String) throws(Failure) -> [Entry] {
        guard let folder = opendir(path) else { throw Failure.system("cannot read the folder", path) }
        defer { closedir(folder) }
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                if errno != 0 { throw Failure.system("cannot read the folder", path) }
                return entries
            }
            let raw = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
            let cString = raw.assumingMemoryBound(to: CChar.self)
            if strcmp(cString, ".") == 0 || strcmp(cString, "..") == 0 { continue }
            let type = Int(entry.pointee.d_type)
            guard let kind = kind(ofType: type) ?? kind(ofNameIn: folder, cString) else {
                if errno == ENOENT { continue }  // deleted since it was listed
                throw Failure.system("cannot get the status of a file in", path)
            }
            let name = String(validatingCString: cString)
            entries.append(Entry(name: name ?? String(cString: cString), isUTF8: name != nil, kind: kind))
        }
    }

    /// The type of the entry at a path; nil if there is none. Links are not followed, so a broken link has a type too.
    package static func kind(of path: String) -> Entry.Kind? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return kind(of: status)
    }

    private static func kind(of status: stat) -> Entry.Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .link
        default: .other
        }
    }

    private static func kind(ofType type: Int) -> Entry.Kind? {
        switch type {
        case Int(DT_REG): .file
        case Int(DT_DIR): .folder
        case Int(DT_LNK): .link
        case Int(DT_UNKNOWN): nil
        default: .other
        }
    }

    /// Used for file systems that do not report the type with the name.
    private static func kind(ofNameIn folder: OpaquePointer, _ name: UnsafePointer<CChar>) -> Entry.Kind? {
        var status = stat()
        guard fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return kind(of: status)
    }
}

extension File {
    /// The absolute path of the file or folder at `path`, with all links, `.` and `..` resolved; nil if it does not
    /// exist.
    ///
    /// - Throws: if the path cannot be resolved, or is not UTF-8.
    package static func realPath(_ path: String) throws(Failure) -> String? {
        guard let resolved = realpath(path, nil) else {
            let isMissing = errno == ENOENT || errno == ENOTDIR
            guard isMissing, !lacksWorkingDirectory(path) else { throw Failure.system("cannot resolve", path) }
            return nil
        }
        defer { free(resolved) }
        guard let string = String(validatingCString: resolved) else {
            throw Failure("cannot use \(path): the path it leads to, \(String(cString: resolved)), is not valid UTF-8")
        }
        return string
    }

    /// The target of the link at `path` as it is stored; nil if `path` is not a link.
    package static func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { room in
            let length = readlink(path, room.baseAddress!, Int(PATH_MAX))
            guard length >= 0 else { return nil }
            room[length] = 0
            return String(cString: room.baseAddress!)
        }
    }

    /// Whether the path exists, also as a broken link.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
