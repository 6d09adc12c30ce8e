import Basics
import CSystem
import Foundation
import Reports

/// Standard output and standard error. Text for people is written through these functions, which make control
/// characters visible: names, ids and texts may come from anywhere, and a terminal would execute them.
enum Terminal {
    /// Opens /dev/null for standard streams that are closed. Otherwise the next file that is opened would get their
    /// descriptor, and printed text would be written into it. Writing to a closed standard output still fails, because
    /// it is opened for reading.
    static func openMissingStreams() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Whether standard error is a terminal on which a line can be drawn over the last one.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Whether standard output is a terminal that supports colors, and the user has not turned them off.
    static var outputTakesColors: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// The number of columns of the terminal.
    static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Writes results for a person. Names in the text have been made visible already, so that each is on one line.
    ///
    /// - Throws: if not all of the text could be written.
    static func output(_ text: String) throws(Failure) {
        var text = styled(text)
        // The closure of `withUTF8` cannot throw typed errors.
        let result = text.withUTF8 { bytes in
            Result { () throws(Failure) in try output(UnsafeRawBufferPointer(bytes)) }
        }
        try result.get()
    }

    /// Writes JSON results, unchanged.
    ///
    /// - Throws: if not all bytes could be written.
    static func output(json: [UInt8]) throws(Failure) {
        try json.withUnsafeBytes { bytes in Result { () throws(Failure) in try output(bytes) } }.get()
    }

    /// Writes results for a program, unchanged.
    ///
    /// - Throws: if not all bytes could be written.
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

    /// Makes all control characters of a text visible, except line ends and the styles of `MarkedText`.
    private static func styled(_ text: String) -> String {
        let parts = text.utf8.split(separator: 0x1B, omittingEmptySubsequences: false).map { String(Substring($0)) }
        return parts.enumerated().map { number, part in
            if number == 0 { return part.visible(.text) }
            let escaped = "\u{1B}" + part
            let style = MarkedText.Style.codes.first(where: escaped.hasPrefix) ?? ""
            return style + String(escaped.dropFirst(style.count)).visible(.text)
        }.joined()
    }

    /// Writes an error to standard error, on one line.
    static func error(_ text: String) { note([text]) }

    /// Writes lines to standard error; line ends within them are made visible.
    static func note(_ lines: [String]) { raw(lines.map { $0.visible() + "\n" }.joined()) }

    /// Draws a line on the terminal in place of the line that was drawn before; nil only erases that line.
    static func draw(_ line: String?) {
        raw("\r\u{1B}[K" + (line.map { String($0.visible().prefix(max(1, width - 1))) } ?? ""))
    }

    /// Writes to standard error. A failure is ignored, because there is nowhere to report it.
    private static func raw(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Limits the number of glibc's heaps to two. By default, threads have different heaps, and each heap keeps the
    /// memory that was freed in it. Buffers travel from thread to thread here, so the process would hold several times
    /// the memory in use.
    static func setUpMemory() {
        dedup_limit_heaps(2)
    }

    static func exit(_ code: Int32) -> Never {
        Foundation.exit(code)
    }
}
