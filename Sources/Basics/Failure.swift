/// An error that ends a run: one line that says what happened, where, and what to do.
package struct Failure: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The command asks for something that cannot be (exit code 2).
        case usage
        /// The input or the output is not as it should be (exit code 1).
        case data
        /// The run was told to stop (exit code 1).
        case interrupted
    }

    package let kind: Kind
    package let message: String

    package init(_ message: String, kind: Kind = .data) {
        self.kind = kind
        self.message = message
    }

    package static func usage(_ message: String) -> Failure { Failure(message, kind: .usage) }

    package var description: String { message }
}
