#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Reading folders and paths, without more than the system's calls: folders may hold millions of files.
package enum Folder {
    /// One name in a folder.
    package struct Entry: Sendable {
        package enum Kind: Sendable {
            case file
            case folder
            case link
            /// A pipe, socket or device.
            case other
        }

        /// The name; what is not UTF-8 in it is U+FFFD.
        package let name: String
        /// Whether `name` is the whole name, byte for byte.
        package let isUTF8: Bool
        /// What the name itself is: a link is a link, wherever it leads.
        package let kind: Kind
    }

    /// The names in the folder at `path`, in no order, without `.` and `..`.
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
                if errno == ENOENT { continue }  // gone since
                throw Failure.system("cannot look at a file in", path)
            }
            let name = String(validatingCString: cString)
            entries.append(Entry(name: name ?? String(cString: cString), isUTF8: name != nil, kind: kind))
        }
    }

    /// What a path itself is, be it a link that leads nowhere; nil when nothing is there.
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

    /// For file systems that do not tell the type along with the name.
    private static func kind(ofNameIn folder: OpaquePointer, _ name: UnsafePointer<CChar>) -> Entry.Kind? {
        var status = stat()
        guard fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return kind(of: status)
    }
}

extension File {
    /// The absolute path without links, `.` and `..` of what `path` leads to; nil when nothing is there.
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

    /// Where the link at `path` points, as it is written; nil when `path` is no link.
    package static func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { room in
            let length = readlink(path, room.baseAddress!, Int(PATH_MAX))
            guard length >= 0 else { return nil }
            room[length] = 0
            return String(cString: room.baseAddress!)
        }
    }

    /// Whether the name itself is there, be it a link that leads nowhere.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
