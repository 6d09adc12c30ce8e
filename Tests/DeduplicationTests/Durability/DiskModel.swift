import Basics
import Foundation
import TestSupport

extension DurabilityTests {
    /// A model of the files below a folder, computed from the recorded calls: their content now, and after a loss of
    /// power.
    ///
    /// The content of a file is durable once the file is synced. A created, renamed or removed name is durable once its
    /// folder is synced; for a rename, either folder is enough. Any part of what is not durable may be lost.
    struct DiskModel {
        /// Which part of the changes is lost that were not synced.
        enum Loss: CaseIterable {
            /// Nothing is lost.
            case nothing
            /// All of it is lost.
            case everything
            /// Some names are lost, and the contents of some files that were not synced.
            case some
        }

        private struct Content {
            var bytes: [UInt8]
            var synced: [UInt8]
        }

        private enum Change {
            case link(String, Int)
            case move(String, to: String, Int)
            case unlink(String)
            case makeFolder(String)

            var folders: [String] {
                switch self {
                case .link(let path, _), .unlink(let path), .makeFolder(let path): [Disk.folder(of: path)]
                case .move(let from, let to, _): [Disk.folder(of: from), Disk.folder(of: to)]
                }
            }
        }

        private struct Names {
            var folders: Set<String>
            var files: [String: Int] = [:]

            mutating func make(_ change: Change) {
                switch change {
                case .link(let path, let file): files[path] = file
                case .move(let from, let to, let file):
                    if files[from] == file { files[from] = nil }
                    files[to] = file
                case .unlink(let path): files[path] = nil
                case .makeFolder(let path): folders.insert(path)
                }
            }
        }

        private let root: String
        private var contents: [Content] = []
        private let before: Names
        private var names: Names
        private var changes: [(change: Change, isSynced: Bool)] = []

        /// Reads the content of a folder; all of it counts as synced.
        ///
        /// - Parameter isOther: returns true for files that are not part of the model.
        init(of root: String, leavingOut isOther: (String) -> Bool) throws {
            self.root = root
            names = Names(folders: [root])
            for name in FileManager.default.enumerator(atPath: root)?.compactMap({ $0 as? String }) ?? [] {
                let path = root + "/" + name
                if try File.status(at: path)?.isFolder == true {
                    names.folders.insert(path)
                } else if !isOther(path) {
                    let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
                    names.files[path] = contents.count
                    contents.append(Content(bytes: bytes, synced: bytes))
                }
            }
            before = names
        }

        mutating func make(_ call: Disk.Call) {
            switch call {
            case .create(let path), .open(let path):
                if let file = names.files[path] {
                    if case .create = call { contents[file].bytes = [] }
                } else {
                    contents.append(Content(bytes: [], synced: []))
                    note(.link(path, contents.count - 1))
                }
            case .write(let path, let offset, let bytes):
                let file = names.files[path]!
                let end = Int(offset) + bytes.count
                let missing = max(0, end - contents[file].bytes.count)
                contents[file].bytes += Array(repeating: 0, count: missing)
                contents[file].bytes.replaceSubrange(Int(offset)..<end, with: bytes)
            case .truncate(let path, let length):
                let file = names.files[path]!
                contents[file].bytes = Array(contents[file].bytes.prefix(Int(length)))
            case .sync(let path):
                if let file = names.files[path] {
                    contents[file].synced = contents[file].bytes
                } else {
                    for index in changes.indices where changes[index].change.folders.contains(path) {
                        changes[index].isSynced = true
                    }
                }
            case .rename(let from, let to): note(.move(from, to: to, names.files[from]!))
            case .remove(let path): note(.unlink(path))
            case .makeFolder(let path): note(.makeFolder(path))
            }
        }

        private mutating func note(_ change: Change) {
            names.make(change)
            changes.append((change, false))
        }

        /// Writes the content of the disk after a loss of power to an empty folder.
        func write(to folder: String, _ loss: Loss, _ random: inout SeededGenerator) throws {
            var left = before
            for (change, isSynced) in changes {
                let isThere =
                    switch loss {
                    case .nothing: true
                    case .everything: isSynced
                    case .some: isSynced || Bool.random(using: &random)
                    }
                if isThere { left.make(change) }
            }
            func moved(_ path: String) -> String { folder + path.dropFirst(root.count) }
            for path in left.folders.sorted() where path != root {
                try FileManager.default.createDirectory(atPath: moved(path), withIntermediateDirectories: false)
            }
            for (path, file) in left.files.sorted(by: { $0.key < $1.key }) {
                let isWhole = loss == .nothing || loss == .some && Bool.random(using: &random)
                let bytes = isWhole ? contents[file].bytes : contents[file].synced
                try Data(bytes).write(to: URL(fileURLWithPath: moved(path)))
            }
        }

        /// Whether the model has the same content as the real folder.
        func isTrue(leavingOut isOther: (String) -> Bool) throws -> Bool {
            let real = try DiskModel(of: root, leavingOut: isOther)
            return real.names.folders == names.folders && Set(real.names.files.keys) == Set(names.files.keys)
                && real.names.files.allSatisfy { path, file in
                    real.contents[file].bytes == contents[names.files[path]!].bytes
                }
        }
    }
}
