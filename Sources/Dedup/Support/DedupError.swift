internal import Basics
internal import Foundation

/// An error of this library. Its message says in one line what happened, where, and what to do.
public struct DedupError: Error, Sendable, Hashable {
    /// The kinds of errors.
    public enum Kind: Sendable, Hashable {
        /// A parameter or a combination of parameters is impossible, or does not fit the existing data. A call with
        /// other parameters can succeed.
        case parameter
        /// Data is not valid, for example a line of a shard, a file of an index, or a model.
        case data
        /// The bytes of a shard are damaged: truncated, corrupt, or not a shard at all.
        case damagedShard
        /// The operating system refused a call, for example because a disk is full or a file may not be read.
        case system
        /// The task was cancelled. Data that was durable before is kept.
        case cancelled
    }

    /// The kind of error.
    public let kind: Kind
    /// The message, without a newline.
    public let message: String
    /// The name of the damaged shard; nil for all other kinds.
    public let damagedShard: String?

    /// Creates an error, for example to throw it from a test double.
    public init(_ message: String, kind: Kind) {
        self.init(message, kind, damagedShard: nil)
    }

    private init(_ message: String, _ kind: Kind, damagedShard: String?) {
        self.message = message
        self.kind = kind
        self.damagedShard = damagedShard
    }

    /// Turns an error of dedup's inner modules into an error of this library.
    init(_ error: any Error) {
        switch error {
        case let error as DedupError:
            self = error
        case let failure as Failure:
            self.init(failure.message, Kind(failure.kind), damagedShard: failure.damagedShard)
        case is CancellationError:
            self.init("cancelled", kind: .cancelled)
        default:
            self.init("\(error)", kind: .data)
        }
    }

    /// Creates an error of the kind `parameter`.
    static func parameter(_ message: String) -> DedupError { DedupError(message, kind: .parameter) }
}

extension DedupError.Kind {
    fileprivate init(_ kind: Failure.Kind) {
        self =
            switch kind {
            case .usage: .parameter
            case .data: .data
            case .damagedShard: .damagedShard
            case .system: .system
            case .interrupted: .cancelled
            }
    }
}

extension DedupError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}

extension URL {
    /// The path of a file URL.
    ///
    /// - Throws: a usage error if the URL is not one of this machine.
    func localPath() throws(Failure) -> String {
        guard isFileURL else { throw .usage("\(self) is not the URL of a file or folder on this machine") }
        return path
    }
}

/// Returns what `work` returns; its errors become a `DedupError`.
func translatingErrors<Result>(_ work: () throws -> Result) throws(DedupError) -> Result {
    _ = Parameter.areNamedAsProperties
    do {
        return try work()
    } catch {
        throw DedupError(error)
    }
}
