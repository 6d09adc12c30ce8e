/// A parameter of a run, as messages name it: `"\(Parameter.out) is empty"`, `"\(Parameter.out(path)) is a file"`.
///
/// Parameters have the names that pipeline definitions use, for example `max-tokens`. How they are spelled in a message
/// depends on the program: the command line shows an option, `--memory 4G`; other programs read "the parameter
/// memory = 4G". The spelling is a setting of the whole process, like a locale, because messages also reach the user
/// inside other messages, reports and records. A module that has parameters of its own adds them in an extension.
package struct Parameter: Sendable, Hashable, CustomStringConvertible {
    /// Returns the text for a parameter, with a value or, if that is nil, without one.
    package typealias Spelling = @Sendable (_ parameter: Parameter, _ value: String?) -> String

    /// Nil until the program sets it.
    private static let spelling = Locked<Spelling?>(nil)

    private func spelled(_ value: String?) -> String {
        if let spelling = Self.spelling.withLock({ $0 }) { return spelling(self, value) }
        return "the parameter \(name)" + (value.map { " = \($0)" } ?? "")
    }

    /// The name, in lower case with hyphens.
    package let name: String

    /// - Parameter name: the name, in lower case with hyphens.
    package init(_ name: String) {
        self.name = name
    }

    /// Sets the spelling of parameters in all messages of this process. A program that does not want the default, "the
    /// parameter memory = 4G", calls this first, before any message can be made.
    package static func spell(_ spelling: @escaping Spelling) {
        Self.spelling.withLock { $0 = spelling }
    }

    /// Sets the spelling of parameters unless the program has set one.
    package static func spellByDefault(_ spelling: @escaping Spelling) {
        Self.spelling.withLock { if $0 == nil { $0 = spelling } }
    }

    /// The parameter as messages spell it, without a value.
    package var description: String { spelled(nil) }

    /// The parameter with a value, as messages spell it.
    package func callAsFunction(_ value: some CustomStringConvertible) -> String {
        spelled(value.description)
    }
}

/// The parameters that most commands have.
extension Parameter {
    /// The path of the output: the folder or, for some commands, the file that is written.
    package static let out = Parameter("out")
    /// Whether an existing output is replaced.
    package static let replace = Parameter("replace")
    /// The memory that a run may use, without the memory for a model.
    package static let memory = Parameter("memory")
    /// The number of threads.
    package static let threads = Parameter("threads")
}
