import Basics
import CSystem
import Foundation

/// Standard output and standard error.
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

    /// Writes results, all of them or an error.
    static func output(_ text: String) throws(Failure) {
        var text = text
        // The closure that `withUTF8` takes cannot say what it throws.
        let result = text.withUTF8 { bytes in
            Result { () throws(Failure) in try output(UnsafeRawBufferPointer(bytes)) }
        }
        try result.get()
    }

    /// Writes results, all of them or an error.
    static func output(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let written = write(STDOUT_FILENO, bytes.baseAddress! + done, bytes.count - done)
            if written < 0 {
                if errno == EINTR { continue }
                throw .system("cannot write to", "standard output")
            }
            done += written
        }
    }

    /// The text as one line, whatever is in the names of files.
    static func line(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F ? scalar.escaped(asASCII: true) : String(scalar)
        }.joined()
    }

    /// Writes an error on one line of its own.
    static func error(_ text: String) { raw(line(text) + "\n") }

    /// Writes to standard error; nobody is there to tell when that fails.
    static func raw(_ text: String) {
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
