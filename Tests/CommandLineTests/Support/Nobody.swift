import Foundation
import TestSupport
import Testing

/// Runs the binary as a user who owns no files, since root may read and write every file.
enum Nobody {
    private static let prefix = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    /// Whether the tests can become that user, and that user can start the binary.
    static let isThere: Bool = {
        guard DedupBinary.isRoot, FileManager.default.isExecutableFile(atPath: prefix[0]) else { return false }
        return (try? RunningProcess(prefix + [DedupBinary.path, "--version"]).wait(limit: 60).code) == 0
    }()

    static func dedup(_ arguments: [String], in folder: TemporaryFolder) throws -> Outcome {
        try RunningProcess(prefix + [DedupBinary.path] + arguments, in: folder.path).wait(limit: 120)
    }

    static func dedup(_ arguments: String..., in folder: TemporaryFolder) throws -> Outcome {
        try dedup(arguments, in: folder)
    }
}

extension TemporaryFolder {
    /// Makes a folder and everything in it read-only.
    func makeReadOnly(_ name: String) throws { try setWritable(name, false) }

    func makeWritable(_ name: String) throws { try setWritable(name, true) }

    private func setWritable(_ name: String, _ isWritable: Bool) throws {
        let outcome = try runCommand(["chmod", "-R", isWritable ? "u+w" : "a-w", self / name])
        try #require(outcome.code == 0, "\(outcome.error)")
    }

    /// Flips a bit in the middle of a file, and keeps its modification time.
    func rot(_ name: String) throws {
        let time = modified(name)
        var content = try bytes(name)
        content[content.count / 2] ^= 1
        try write(content, to: name)
        setModified(name, time)
    }

    /// Gives all files below a folder another modification time, as a copy does.
    func touchAll(_ name: String) {
        for file in files(below: name) { setModified(name + "/" + file, timespec(tv_sec: 1_600_000_000, tv_nsec: 5)) }
    }
}
