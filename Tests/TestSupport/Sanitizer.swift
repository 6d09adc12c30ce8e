import Foundation

/// The sanitizer that this process is built with, as the Makefile says it in DEDUP_SANITIZER.
public enum Sanitizer: String, Sendable {
    /// It reserves terabytes of address space, so that its programs cannot run in a limited one, and takes more memory.
    case address
    /// It writes files of its own.
    case thread

    /// Nil for a usual build.
    public static let active = ProcessInfo.processInfo.environment["DEDUP_SANITIZER"].flatMap(Sanitizer.init)
}
