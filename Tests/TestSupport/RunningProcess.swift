package import Foundation

/// The result of a process that has ended.
package struct Outcome {
    /// The exit code, or 128 plus the number of the signal that ended the process, as shells report it.
    package let code: Int32
    package let output: [UInt8]
    package let error: String
    package let seconds: Double

    package var outputText: String { String(decoding: output, as: UTF8.self) }
    /// The lines of standard error.
    package var errorLines: [Substring] { error.split(separator: "\n", omittingEmptySubsequences: false).dropLast(1) }
}

/// Runs a command that is looked up in PATH, and waits for it.
package func runCommand(_ command: [String], input: [UInt8] = [], limit: Double = 300) throws -> Outcome {
    try RunningProcess(["/usr/bin/env"] + command, input: input).wait(limit: limit)
}

/// Whether the system has a command that knows `--version`.
package func hasCommand(_ name: String) -> Bool { (try? runCommand([name, "--version"]))?.code == 0 }

/// A process that a test started. It is killed when the last reference to it goes.
///
/// Its standard input, output and error are files in a folder of its own, and its temporary directory is in that folder
/// too. What the process leaves there is removed with the folder. That it leaves something is an error, unless a signal
/// ended it or it was told twice to end.
package final class RunningProcess {
    package struct CannotStart: Error { let reason: String }
    package struct TimeLimit: Error { let command: [String] }
    /// The process exited by itself and left these files in its temporary directory.
    package struct LeftBehind: Error {
        let command: [String]
        let names: [String]
    }

    package let identifier: pid_t
    private let command: [String]
    private let scratch: TemporaryFolder
    private let start = ContinuousClock.now
    private var status: Int32?
    private var terminationSignals = 0

    /// Starts a command.
    ///
    /// - Parameters:
    ///   - command: the absolute path of the executable, and its arguments.
    ///   - folder: the working directory; nil for that of the tests.
    ///   - environment: variables besides those of the tests.
    ///   - input: what it reads on standard input.
    /// - Throws: `CannotStart`.
    package init(
        _ command: [String], in folder: String? = nil, environment: [String: String] = [:], input: [UInt8] = []
    ) throws {
        // posix_spawn cannot change the folder; env becomes the command once it has.
        let command = folder.map { ["/usr/bin/env", "-C", $0] + command } ?? command
        self.command = command
        scratch = try TemporaryFolder()
        try scratch.write(input, to: "in")
        // Like /tmp, since some processes run as another user.
        try scratch.folder("tmp")
        chmod(scratch / "tmp", 0o1777)
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
        variables["TMPDIR"] = scratch / "tmp"
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

    package var isRunning: Bool {
        if status != nil { return false }
        var value: Int32 = 0
        if waitpid(identifier, &value, WNOHANG) == identifier { status = value }
        return status == nil
    }

    package func send(_ signal: Int32) {
        guard isRunning else { return }
        if [SIGINT, SIGTERM, SIGHUP].contains(signal) { terminationSignals += 1 }
        kill(identifier, signal)
    }

    /// The number of bytes that the process has read so far, from files and pipes.
    package var bytesRead: Int {
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/io", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("rchar:") }
        return line.flatMap { Int($0.dropFirst(7)) } ?? 0
    }

    /// Waits until the condition holds or the process ends, for a minute at most.
    ///
    /// - Returns: whether the condition holds.
    package func wait(until condition: () throws -> Bool) rethrows -> Bool {
        while isRunning && start.duration(to: .now) < .seconds(60) {
            if try condition() { return true }
            usleep(200)
        }
        return try condition()
    }

    /// Waits for the process to end.
    ///
    /// - Parameter limit: seconds.
    /// - Throws: `TimeLimit` if it runs longer than that, `LeftBehind`.
    package func wait(limit: Double = 300) throws -> Outcome {
        var pause: UInt32 = 200
        while isRunning {
            if start.duration(to: .now) > .seconds(limit) { throw TimeLimit(command: command) }
            usleep(pause)
            pause = min(pause * 2, 5_000)
        }
        let value = status!
        let signal = value & 0x7F
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch / "tmp")
        guard signal != 0 || terminationSignals > 1 || left.isEmpty else {
            throw LeftBehind(command: command, names: left)
        }
        return Outcome(
            code: signal == 0 ? (value >> 8) & 0xFF : 128 + signal, output: try scratch.bytes("out"),
            error: String(decoding: try scratch.bytes("err"), as: UTF8.self),
            seconds: start.duration(to: .now) / .seconds(1))
    }
}

/// Lends strings to `work` as C wants the arguments or the environment of a process.
func withCStrings<Result>(
    _ strings: [String], _ work: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeMutableBufferPointer { work($0.baseAddress!) }
}

extension RunningProcess {
    /// The name in /proc of the descriptor of an open file.
    private func descriptor(of path: String) -> String? {
        let folder = "/proc/\(identifier)/fd"
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return (try? FileManager.default.contentsOfDirectory(atPath: folder))?.first {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + $0)) == real
        }
    }

    /// Whether the process has a file open.
    package func hasOpen(_ path: String) -> Bool { descriptor(of: path) != nil }

    /// The offset up to which the process has read a file that it has open.
    package func position(in path: String) -> Int? {
        guard let descriptor = descriptor(of: path) else { return nil }
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/fdinfo/\(descriptor)", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("pos:") }
            .flatMap { Int($0.dropFirst(4).drop { $0 == "\t" || $0 == " " }) }
    }
}
