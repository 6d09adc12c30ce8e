package import Basics

/// An option of a stage: its names, its value's type and range, its default and its help text.
package struct StageOption<Stage: PipelineStage>: Sendable {
    /// The name in a definition.
    package let key: String
    /// The name of the parameter by which a caller sets the option and under which an output records it, such as
    /// `shingle-size`; nil for an option that only a definition sets.
    package let parameter: String?
    /// What the value is called in help texts, such as `n`; empty for a flag.
    package let valueName: String
    /// What the option is for, as a phrase without a period.
    package let help: String
    /// The values that the option can have, as a phrase: `a whole number from 1 to 1000`.
    package let values: String
    package let form: StageOptionForm
    /// Whether a value can begin with a minus sign.
    package let allowsMinus: Bool
    package let binding: StageOptionBinding

    private let read: @Sendable (Stage) -> String?
    private let assign: @Sendable (inout Stage, String) throws(Failure) -> Void

    /// An option whose value is read and written by closures; the functions below make the common kinds.
    ///
    /// - Parameters:
    ///   - get: the value in the spelling of a definition; nil if the option has none.
    ///   - assign: sets the value from its text, or throws a usage error that says what is wrong with it.
    package init(
        _ key: String, parameter: String?, valueName: String, help: String, values: String,
        form: StageOptionForm = .value, allowsMinus: Bool = false, binding: StageOptionBinding = .output(),
        get: @escaping @Sendable (Stage) -> String?,
        set assign: @escaping @Sendable (inout Stage, String) throws(Failure) -> Void
    ) {
        self.key = key
        self.parameter = parameter
        self.valueName = valueName
        self.help = help
        self.values = values
        self.form = form
        self.allowsMinus = allowsMinus
        self.binding = binding
        read = get
        self.assign = assign
    }

    /// The value in a stage, in the spelling of a definition; nil if the option has none.
    package func text(in stage: Stage) -> String? { read(stage) }

    /// The default of the option; nil if it has none.
    package var defaultText: String? { read(Stage()) }

    /// Sets the value in a stage from its text.
    package func set(_ text: String, in stage: inout Stage) throws(Failure) { try assign(&stage, text) }
}

/// How an option is written.
package enum StageOptionForm: Sendable {
    /// One value.
    case value
    /// The path of a local file or folder.
    case path(StagePath)
    /// One of these names.
    case choice([String])
    /// True or false in a definition; on the command line, its presence means true.
    case flag
    /// One value, or a list of values that are joined to one text.
    case list(@Sendable ([String]) throws(Failure) -> String)
}

/// What a path names; completions offer files or folders accordingly.
package enum StagePath: Sendable { case file, folder }

/// Whether an option has to be the same in every run of one output.
package enum StageOptionBinding: Sendable {
    /// It has to be the same. A value that is equal to `omitted` is not recorded in the output, as if the option were
    /// not set.
    case output(omitted: String? = nil)
    /// It has to be the same, and also in other outputs whose documents are compared with those of the run, because it
    /// decides what the index contains.
    case index
    /// It may differ from run to run.
    case nothing
}

// The common kinds of options.
extension StageOption {
    /// A whole number in a range.
    package static func number(
        _ key: String, _ path: any WritableKeyPath<Stage, Int> & Sendable, in range: ClosedRange<Int>,
        parameter: String?, valueName: String = "n", help: String, binding: StageOptionBinding = .output()
    ) -> StageOption {
        StageOption(
            key, parameter: parameter, valueName: valueName, help: help, values: Self.values(range),
            allowsMinus: range.lowerBound < 0, binding: binding,
            get: { String($0[keyPath: path]) },
            set: { stage, text throws(Failure) in stage[keyPath: path] = try number(key, text, range) })
    }

    /// A whole number in a range; the option may have no value.
    package static func number(
        _ key: String, _ path: any WritableKeyPath<Stage, Int?> & Sendable, in range: ClosedRange<Int>,
        parameter: String?, valueName: String = "n", help: String, binding: StageOptionBinding = .output()
    ) -> StageOption {
        StageOption(
            key, parameter: parameter, valueName: valueName, help: help, values: Self.values(range),
            allowsMinus: range.lowerBound < 0, binding: binding,
            get: { $0[keyPath: path].map(String.init) },
            set: { stage, text throws(Failure) in stage[keyPath: path] = try number(key, text, range) })
    }

    /// A number from 0 to 1.
    package static func share(
        _ key: String, _ path: any WritableKeyPath<Stage, Double> & Sendable, parameter: String?, valueName: String,
        help: String, binding: StageOptionBinding = .output()
    ) -> StageOption {
        StageOption(
            key, parameter: parameter, valueName: valueName, help: help, values: "a number from 0 to 1",
            binding: binding,
            get: { shortText(of: $0[keyPath: path]) },
            set: { stage, text throws(Failure) in stage[keyPath: path] = try share(key, text) })
    }

    /// A number from 0 to 1; the option may have no value.
    package static func share(
        _ key: String, _ path: any WritableKeyPath<Stage, Double?> & Sendable, parameter: String?, valueName: String,
        help: String, binding: StageOptionBinding = .output()
    ) -> StageOption {
        StageOption(
            key, parameter: parameter, valueName: valueName, help: help, values: "a number from 0 to 1",
            binding: binding,
            get: { $0[keyPath: path].map(shortText) },
            set: { stage, text throws(Failure) in stage[keyPath: path] = try share(key, text) })
    }

    /// One of the cases of an enumeration.
    package static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ path: any WritableKeyPath<Stage, Choice> & Sendable, parameter: String?, valueName: String,
        help: String, binding: StageOptionBinding = .output()
    ) -> StageOption where Choice.RawValue == String {
        StageOption(
            key, parameter: parameter, valueName: valueName, help: help, values: values(Choice.self),
            form: .choice(names(Choice.self)), binding: binding,
            get: { $0[keyPath: path].rawValue },
            set: { stage, text throws(Failure) in stage[keyPath: path] = try choice(key, text) })
    }

    /// One of the cases of an enumeration; the option may have no value.
    package static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ path: any WritableKeyPath<Stage, Choice?> & Sendable, parameter: String?, valueName: String,
        help: String, binding: StageOptionBinding = .output()
    ) -> StageOption where Choice.RawValue == String {
        StageOption(
            key, parameter: parameter, valueName: valueName, help: help, values: values(Choice.self),
            form: .choice(names(Choice.self)), binding: binding,
            get: { $0[keyPath: path]?.rawValue },
            set: { stage, text throws(Failure) in
                let value: Choice = try choice(key, text)
                stage[keyPath: path] = value
            })
    }

    /// True or false; not recorded as long as it is false.
    package static func flag(
        _ key: String, _ path: any WritableKeyPath<Stage, Bool> & Sendable, parameter: String?, help: String,
        binding: StageOptionBinding = .output(omitted: "false")
    ) -> StageOption {
        StageOption(
            key, parameter: parameter, valueName: "", help: help, values: "true or false", form: .flag,
            binding: binding,
            get: { String($0[keyPath: path]) },
            set: { stage, text throws(Failure) in stage[keyPath: path] = try flag(key, text) })
    }

    /// True or false; the option may have no value.
    package static func flag(
        _ key: String, _ path: any WritableKeyPath<Stage, Bool?> & Sendable, parameter: String?, help: String,
        binding: StageOptionBinding
    ) -> StageOption {
        StageOption(
            key, parameter: parameter, valueName: "", help: help, values: "true or false", form: .flag,
            binding: binding,
            get: { $0[keyPath: path].map { String($0) } },
            set: { stage, text throws(Failure) in stage[keyPath: path] = try flag(key, text) })
    }

    /// The path of a local file or folder; the option may have no value.
    ///
    /// - Parameter valueName: `dir` for a folder, another name for a file.
    package static func path(
        _ key: String, _ path: any WritableKeyPath<Stage, String?> & Sendable, parameter: String?, valueName: String,
        help: String
    ) -> StageOption {
        StageOption(
            key, parameter: parameter, valueName: valueName, help: help, values: "a path",
            form: .path(valueName == "dir" ? .folder : .file), binding: .nothing,
            get: { $0[keyPath: path] },
            set: { stage, text throws(Failure) in
                try LocalPath.check(text)
                stage[keyPath: path] = text
            })
    }

    private static func values(_ range: ClosedRange<Int>) -> String {
        "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    private static func names<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) -> [String]
    where Choice.RawValue == String {
        Choice.allCases.map(\.rawValue)
    }

    private static func values<Choice: RawRepresentable & CaseIterable>(_ choice: Choice.Type) -> String
    where Choice.RawValue == String {
        names(choice).alternatives
    }

    private static func number(_ key: String, _ text: String, _ range: ClosedRange<Int>) throws(Failure) -> Int {
        if let number = Int(text), range.contains(number) { return number }
        throw .usage("\(key) is \(values(range)), not '\(text)'")
    }

    private static func share(_ key: String, _ text: String) throws(Failure) -> Double {
        guard let value = Double(text), (0...1).contains(value) else {
            throw .usage("\(key) is a number from 0 to 1, not '\(text)'")
        }
        // Negative zero is zero.
        return value == 0 ? 0 : value
    }

    /// Writes a number as briefly as possible: 1, not 1.0.
    private static func shortText(of number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : number.description
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ text: String
    ) throws(Failure) -> Choice where Choice.RawValue == String {
        if let choice = Choice(rawValue: text) { return choice }
        throw .usage("\(key) is one of \(names(Choice.self).joined(separator: ", ")), not '\(text)'")
    }

    private static func flag(_ key: String, _ text: String) throws(Failure) -> Bool {
        if let flag = Bool(text) { return flag }
        throw .usage("\(key) is true or false, not '\(text)'")
    }
}

extension [String] {
    /// The names as alternatives: `a`, `a or b`, `a, b or c`.
    var alternatives: String {
        guard let last, count > 1 else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " or " + last
    }
}
