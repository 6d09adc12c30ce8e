import Foundation

/// Runs the dedup that was built along with these tests.
enum Binary {
    struct Result {
        let status: Int32
        let output: String
        let error: String
    }

    /// Beside the test bundle, or where a package builds.
    private static let path: String = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [beside, package.appendingPathComponent(".build/debug")]
        return candidates.map { $0.appendingPathComponent("dedup").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "dedup"
    }()

    static let sampleCorpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../SampleCorpus").standardizedFileURL.path

    static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        // Files rather than pipes: a pipe that nobody reads would stop the process.
        let folder = try Folder()
        let files = ["out", "error"].map { folder.path + "/" + $0 }
        for file in files { try Data().write(to: URL(fileURLWithPath: file)) }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: files[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: files[1]))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: URL(fileURLWithPath: $0)), as: UTF8.self) }
        return Result(status: process.terminationStatus, output: texts[0], error: texts[1])
    }

    /// A folder that is gone with its owner.
    final class Folder {
        let path: String

        init() throws {
            let url = FileManager.default.temporaryDirectory.appendingPathComponent("dedup-test-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            path = url.path
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// Writes a shard of these lines into it.
        func write(_ name: String, _ lines: [String]) throws {
            let url = URL(fileURLWithPath: path).appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: url)
        }
    }
}
