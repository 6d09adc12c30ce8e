/// An error that ends a run. Its message says in one line what happened, where, and what to do.
package struct Failure: Error, Sendable, CustomStringConvertible {
    /// The kinds of errors. The command's exit code depends on the kind.
    package enum Kind: Sendable {
        /// The command asks for something impossible (exit code 2).
        case usage
        /// The input or the output is not valid (exit code 1).
        case data
        /// The bytes of a shard are damaged: truncated, corrupt, or not a shard at all (exit code 1). Other machines
        /// would find the same damage, so the shard may be skipped.
        case damagedShard
        /// A system call failed, for example because the disk is full (exit code 1). The bytes of the shard may still
        /// be good.
        case system
        /// The run was asked to stop (exit code 1).
        case interrupted
    }

    /// The kind of error.
    package let kind: Kind
    /// The message, without a newline.
    package let message: String
    /// The name of the damaged shard; nil for other kinds.
    package let damagedShard: String?

    /// Creates an error of any kind but `damagedShard`.
    package init(_ message: String, kind: Kind = .data) {
        self.kind = kind
        self.message = message
        damagedShard = nil
    }

    /// - Parameter shard: the name of the damaged shard; the message must name it too.
    package init(damagedShard shard: String, _ message: String) {
        kind = .damagedShard
        self.message = message
        damagedShard = shard
    }

    /// Creates a usage error.
    package static func usage(_ message: String) -> Failure { Failure(message, kind: .usage) }

    package var description: String { message }

    /// The message without the shard's name at its beginning, for lists that show the name separately.
    package func message(without shard: String) -> String {
        for prefix in [shard + ": ", shard + ", "] where message.utf8.starts(with: prefix.utf8) {
            return String(decoding: message.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        }
        return message
    }
}
