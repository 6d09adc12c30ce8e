import Foundation

/// The binary under test.
package enum DedupBinary {
    /// Its path: every build puts it next to the test bundle.
    package static let path: String = {
        // The test bundle is the executable of this process, or a shared object that it has loaded.
        let places = [CommandLine.arguments[0]] + loadedObjects()
        for place in places {
            let candidate = URL(fileURLWithPath: place).deletingLastPathComponent().appendingPathComponent("dedup").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        fatalError("no binary 'dedup' next to the tests; looked beside \(places)")
    }()

    /// The test bundles that this process has mapped.
    private static func loadedObjects() -> [String] {
        let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
        let paths = maps.split(separator: "\n").compactMap { line in
            line.firstIndex(of: "/").map { String(line[$0...]) }
        }
        return Array(Set(paths.filter { $0.hasSuffix(".xctest") }))
    }

    /// Whether the tests run as root, who may read and write every file.
    package static let isRoot = geteuid() == 0
}

/// Runs the binary and waits for it.
package func dedup(
    _ arguments: String..., in folder: String? = nil, environment: [String: String] = [:], input: [UInt8] = [],
    limit: Double = 300
) throws -> Outcome {
    try dedup(arguments, in: folder, environment: environment, input: input, limit: limit)
}

/// Runs the binary and waits for it.
package func dedup(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], input: [UInt8] = [],
    limit: Double = 300
) throws -> Outcome {
    try RunningProcess([DedupBinary.path] + arguments, in: folder, environment: environment, input: input)
        .wait(limit: limit)
}

/// Runs a line of the shell in which `$DEDUP` is the binary.
package func shell(
    _ line: String, in folder: String? = nil, environment: [String: String] = [:], limit: Double = 300
) throws -> Outcome {
    var environment = environment
    environment["DEDUP"] = DedupBinary.path
    return try RunningProcess(["/bin/sh", "-c", line], in: folder, environment: environment).wait(limit: limit)
}
