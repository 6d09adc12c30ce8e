import Basics
import CSystem
import Foundation
import Reports

/// Standard output and standard error. What is written for people passes through here, and shows what nobody would see:
/// names, ids and texts come from anywhere, and a terminal obeys what it is sent.
enum Terminal {
    /// Gives the standard streams that were closed something to stand for them: the next file to be opened would take
    /// their place, and with it what is printed. Writing to standard output fails then, as it should.
    static func openMissingStreams() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Whether standard error is a terminal that takes a line drawn over the last one.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Whether standard output is a terminal that shows colors, and the user wants them.
    static var outputTakesColors: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Columns of the terminal.
    static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Writes results for a person, all of them or an error. Names in them are on one line already: `visible`.
    static func output(_ text: String) throws(Failure) {
        var text = styled(text)
        // The closure that `withUTF8` takes cannot say what it throws.
        let result = text.withUTF8 { bytes in
            Result { () throws(Failure) in try output(UnsafeRawBufferPointer(bytes)) }
        }
        try result.get()
    }

    /// Writes results for a program, as they are, all of them or an error.
    static func output(json: [UInt8]) throws(Failure) {
        try json.withUnsafeBytes { bytes in Result { () throws(Failure) in try output(bytes) } }.get()
    }

    /// Writes results for a program, as they are, all of them or an error.
    static func output(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let written = write(STDOUT_FILENO, bytes.baseAddress! + done, bytes.count - done)
            if written < 0 && errno == EINTR { continue }
            if written == 0 { errno = EIO }
            if written <= 0 { throw .system("cannot write to", "standard output") }
            done += written
        }
    }

    /// The text with nothing invisible in it but its lines and the styles of `MarkedText`.
    private static func styled(_ text: String) -> String {
        let parts = text.utf8.split(separator: 0x1B, omittingEmptySubsequences: false).map { String(Substring($0)) }
        return parts.enumerated().map { number, part in
            if number == 0 { return part.visible(.text) }
            let escaped = "\u{1B}" + part
            let style = MarkedText.Style.codes.first(where: escaped.hasPrefix) ?? ""
            return style + String(escaped.dropFirst(style.count)).visible(.text)
        }.joined()
    }

    /// Writes an error on one line of its own.
    static func error(_ text: String) { note([text]) }

    /// Writes lines to standard error, each on one of its own.
    static func note(_ lines: [String]) { raw(lines.map { $0.visible() + "\n" }.joined()) }

    /// Draws a line on the terminal that standard error is, over the line that was drawn before; nil only erases that one.
    static func draw(_ line: String?) {
        raw("\r\u{1B}[K" + (line.map { String($0.visible().prefix(max(1, width - 1))) } ?? ""))
    }

    /// Writes to standard error; nobody is there to tell when that fails.
    private static func raw(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// By default glibc gives every thread a heap of its own, and each keeps what its thread freed: with buffers that
    /// travel from thread to thread that is a multiple of what is in use. Two heaps serve large buffers as well.
    static func setUpMemory() {
        dedup_limit_heaps(2)
    }

    static func exit(_ code: Int32) -> Never {
        Foundation.exit(code)
    }
}
