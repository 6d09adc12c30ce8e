import Foundation

/// What a run of the binary did.
struct Outcome {
    /// The exit code; 128 and the signal's number where a signal ended it, as a shell has it.
    let code: Int32
    let output: [UInt8]
    let error: String
    let seconds: Double

    var outputText: String { String(decoding: output, as: UTF8.self) }
    /// Lines on standard error.
    var errorLines: [Substring] { error.split(separator: "\n", omittingEmptySubsequences: false).dropLast(1) }
}

/// The binary under test, and how it is started: with everything given from outside, and a time limit.
enum DedupBinary {
    /// Next to the test bundle, where every build puts it: debug, release or under a sanitizer.
    static let path: String = {
        // The tests are a shared object, or the executable, in the folder of the products.
        let places = [CommandLine.arguments[0]] + loadedObjects()
        for place in places {
            let candidate = URL(fileURLWithPath: place).deletingLastPathComponent().appendingPathComponent("dedup").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        fatalError("no binary 'dedup' next to the tests; looked beside \(places)")
    }()

    /// The files that the process has mapped and that are tests.
    private static func loadedObjects() -> [String] {
        let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
        let paths = maps.split(separator: "\n").compactMap { line in
            line.firstIndex(of: "/").map { String(line[$0...]) }
        }
        return Array(Set(paths.filter { $0.hasSuffix(".xctest") }))
    }

    /// Whether the tests run as root, for whom no file is unreadable.
    static let isRoot = geteuid() == 0
}

/// Runs the binary and waits for it.
func dedup(
    _ arguments: String..., in folder: String? = nil, environment: [String: String] = [:], input: [UInt8] = [],
    limit: Double = 300
) throws -> Outcome {
    try dedup(arguments, in: folder, environment: environment, input: input, limit: limit)
}

/// Runs the binary and waits for it.
func dedup(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], input: [UInt8] = [],
    limit: Double = 300
) throws -> Outcome {
    try RunningProcess([DedupBinary.path] + arguments, in: folder, environment: environment, input: input)
        .wait(limit: limit)
}

/// Runs a line of the shell in which `$DEDUP` is the binary.
func shell(
    _ line: String, in folder: String? = nil, environment: [String: String] = [:], limit: Double = 300
) throws -> Outcome {
    var environment = environment
    environment["DEDUP"] = DedupBinary.path
    return try RunningProcess(["/bin/sh", "-c", line], in: folder, environment: environment).wait(limit: limit)
}

/// A process that was started; it is killed with its owner.
final class RunningProcess {
    struct CannotStart: Error { let reason: String }
    struct TimeLimit: Error { let command: [String] }

    let identifier: pid_t
    private let command: [String]
    private let scratch: TemporaryFolder
    private let start = ContinuousClock.now
    private var status: Int32?

    /// Starts a command with its output in files: no pipe that could fill up and stop it.
    init(
        _ command: [String], in folder: String? = nil, environment: [String: String] = [:], input: [UInt8] = []
    ) throws {
        // posix_spawn cannot change the folder; env becomes the command once it has.
        let command = folder.map { ["/usr/bin/env", "-C", $0] + command } ?? command
        self.command = command
        scratch = try TemporaryFolder()
        try scratch.write(input, to: "in")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, scratch.path + "/in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, scratch.path + "/out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, scratch.path + "/err", O_WRONLY | O_CREAT, 0o600)
        // Signals as a shell hands them down, whatever the tests' runner made of them.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGXFSZ] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var variables = ProcessInfo.processInfo.environment
        variables.merge(environment) { $1 }
        var identifier: pid_t = 0
        let code = withCStrings(command) { arguments in
            withCStrings(variables.map { "\($0)=\($1)" }) { variables in
                posix_spawn(&identifier, command[0], &actions, &attributes, arguments, variables)
            }
        }
        guard code == 0 else { throw CannotStart(reason: "\(command[0]): \(String(cString: strerror(code)))") }
        self.identifier = identifier
    }

    deinit {
        guard status == nil else { return }
        kill(identifier, SIGKILL)
        var ignored: Int32 = 0
        waitpid(identifier, &ignored, 0)
    }

    var isRunning: Bool {
        if status != nil { return false }
        var value: Int32 = 0
        if waitpid(identifier, &value, WNOHANG) == identifier { status = value }
        return status == nil
    }

    func send(_ signal: Int32) {
        if isRunning { kill(identifier, signal) }
    }

    /// Bytes that the process has read so far, from files or wherever.
    var bytesRead: Int {
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/io", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("rchar:") }
        return line.flatMap { Int($0.dropFirst(7)) } ?? 0
    }

    /// Waits for a state of affairs, or for the process's end; returns whether it came.
    func wait(until condition: () throws -> Bool) rethrows -> Bool {
        while isRunning && start.duration(to: .now) < .seconds(60) {
            if try condition() { return true }
            usleep(200)
        }
        return try condition()
    }

    /// Waits for the end.
    ///
    /// - Throws: `TimeLimit` when it does not come in so many seconds; the process is killed then.
    func wait(limit: Double = 300) throws -> Outcome {
        var pause: UInt32 = 200
        while isRunning {
            if start.duration(to: .now) > .seconds(limit) { throw TimeLimit(command: command) }
            usleep(pause)
            pause = min(pause * 2, 5_000)
        }
        let value = status!
        let signal = value & 0x7F
        return Outcome(
            code: signal == 0 ? (value >> 8) & 0xFF : 128 + signal, output: try scratch.bytes("out"),
            error: String(decoding: try scratch.bytes("err"), as: UTF8.self),
            seconds: start.duration(to: .now) / .seconds(1))
    }
}

private func withCStrings<Result>(
    _ strings: [String], _ work: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeMutableBufferPointer { work($0.baseAddress!) }
}

extension RunningProcess {
    /// The entry in /proc of the descriptor that leads to a file.
    private func descriptor(of path: String) -> String? {
        let folder = "/proc/\(identifier)/fd"
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return (try? FileManager.default.contentsOfDirectory(atPath: folder))?.first {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + $0)) == real
        }
    }

    func hasOpen(_ path: String) -> Bool { descriptor(of: path) != nil }

    /// How far the process has read in a file that it has open.
    func position(in path: String) -> Int? {
        guard let descriptor = descriptor(of: path) else { return nil }
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/fdinfo/\(descriptor)", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("pos:") }
            .flatMap { Int($0.dropFirst(4).drop { $0 == "\t" || $0 == " " }) }
    }
}
