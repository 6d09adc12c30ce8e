/// An error that ends a run: one line that says what happened, where, and what to do.
package struct Failure: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The command asks for something that cannot be (exit code 2).
        case usage
        /// The input or the output is not as it should be (exit code 1).
        case data
        /// The bytes of a shard are damaged: truncated, corrupt, or no shard at all. The machine plays no part in it, so
        /// the shard can be left out (exit code 1).
        case damagedShard
        /// The system refused a call: nothing is known of the bytes (exit code 1).
        case system
        /// The run was told to stop (exit code 1).
        case interrupted
    }

    package let kind: Kind
    package let message: String
    /// The name of the damaged shard; nil for every other kind of failure.
    package let damagedShard: String?

    package init(_ message: String, kind: Kind = .data) {
        self.kind = kind
        self.message = message
        damagedShard = nil
    }

    /// - Parameter shard: the name of the shard whose bytes are damaged; the message names it too.
    package init(damagedShard shard: String, _ message: String) {
        kind = .damagedShard
        self.message = message
        damagedShard = shard
    }

    package static func usage(_ message: String) -> Failure { Failure(message, kind: .usage) }

    package var description: String { message }

    /// The message without the name of the shard that it begins with: for a place where the name stands anyway.
    package func message(without shard: String) -> String {
        for prefix in [shard + ": ", shard + ", "] where message.utf8.starts(with: prefix.utf8) {
            return String(decoding: message.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        }
        return message
    }
}
