package import Basics

/// One `INPUT` of a command: a file or folder, and optionally the label with which its shards' names begin.
package struct CorpusInput: Sendable, Hashable {
    /// The first component of the names of its shards; nil if they have no label.
    package let label: String?
    /// The path to open, as the user gave it.
    package let path: String

    /// Creates an input without checking either part.
    package init(label: String? = nil, path: String) {
        self.label = label
        self.path = path
    }

    /// Parses an argument: `PATH` or `LABEL=PATH`.
    ///
    /// The whole argument is a path if a file or folder of that name exists (`crawl/date=2024`), or if a slash comes
    /// before the `=`.
    ///
    /// - Throws: a usage error if the label is not valid, if no path follows it, or if the path is the standard input
    ///   or another open file of this process.
    package init(argument: String) throws(Failure) {
        try self.init(split: argument)
        if let refusal = Self.refusal(of: path) { throw refusal }
    }

    private init(split argument: String) throws(Failure) {
        guard !File.exists(argument), let equals = argument.utf8.firstIndex(of: UInt8(ascii: "=")),
            !argument[..<equals].utf8.contains(UInt8(ascii: "/"))
        else {
            self.init(path: argument)
            return
        }
        let label = String(argument[..<equals])
        let path = String(argument[argument.utf8.index(after: equals)...])
        guard Self.isLabel(label) else {
            throw .usage("\(argument): \"\(label)\" cannot be a label: a label names a folder that is not hidden")
        }
        if path.isEmpty { throw .usage("\(argument): no path after the label") }
        self.init(label: label, path: path)
    }

    /// Whether `label` is valid as the name of a folder that glob patterns find: not empty or hidden, and without a
    /// slash.
    package static func isLabel(_ label: String) -> Bool {
        guard let first = label.utf8.first, first != UInt8(ascii: ".") else { return false }
        return !label.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }

    /// The default label: the last component of the path or, for a path such as `.` or `..`, the name of the folder
    /// that it leads to.
    ///
    /// - Throws: a usage error if the path does not exist, or the name is not valid as a label.
    package func suggestedLabel() throws(Failure) -> String {
        var name = Self.lastComponent(path)
        if name.isEmpty || name == "." || name == ".." {
            guard let real = try File.realPath(path) else { throw Self.missing(path) }
            name = Self.lastComponent(real)
        }
        guard Self.isLabel(name) else {
            throw .usage("\(path): its name cannot be the label of its shards; give a label: LABEL=\(path)")
        }
        return name
    }

    /// The name of the input: its label or, if it has none, the base name of its path.
    ///
    /// - Throws: a usage error if the path has no name of its own, such as `.` or `..`, and does not exist.
    package func name() throws(Failure) -> String {
        if let label { return label }
        let name = Self.lastComponent(path)
        if !name.isEmpty && name != "." && name != ".." { return name }
        guard let real = try File.realPath(path) else { throw Self.missing(path) }
        return Self.lastComponent(real)
    }

    /// Returns the inputs of a run with their labels.
    ///
    /// An input that has the name of an earlier run's input keeps the label of that input, or still has none. So
    /// `NAME=PATH` gives the present path of the input NAME. A new input without a label gets its base name as the
    /// label, except if it is the only input of a first run.
    ///
    /// - Parameter known: the inputs of earlier runs.
    /// - Throws: a usage error if two inputs have the same name.
    package static func labelled(
        _ inputs: [CorpusInput], known: [(name: String, label: String?)] = []
    ) throws(Failure) -> [CorpusInput] {
        var labelled: [CorpusInput] = []
        var paths: [BytewiseName: String] = [:]
        for input in inputs {
            let name = try input.name()
            if let other = paths.updateValue(input.path, forKey: BytewiseName(name)) {
                throw .usage(
                    "\(other) and \(input.path): two inputs with the label \"\(name)\"; give one of them another "
                        + "label: LABEL=PATH")
            }
            var label = input.label
            if let before = known.first(where: { $0.name.equalsBytewise(name) }) {
                label = before.label
            } else if label == nil, !known.isEmpty || inputs.count > 1 {
                label = try input.suggestedLabel()
            }
            labelled.append(CorpusInput(label: label, path: input.path))
        }
        return labelled
    }

    /// The usage error for an input that does not exist.
    static func missing(_ path: String) -> Failure {
        if let refusal = refusal(of: path) { return refusal }
        if path.contains(where: { "*?[{".contains($0) }) {
            return .usage(
                "\(path): no such file or folder; a pattern in quotes is not expanded: leave out the quotes, or give the "
                    + "folder with \(Parameter.glob("PATTERN"))")
        }
        return .usage("\(path): no such file or folder")
    }

    /// The part of messages that says what an input can be.
    static let whatIsRead =
        "inputs must be files or folders, because they are read more than once; write the pipe's output to a file"

    /// Returns the error for a path that is never accepted: a name of the standard input or of another open file of
    /// this process, such as `-` or `/dev/fd/3`. Nil for any other path.
    private static func refusal(of path: String) -> Failure? {
        if path == "-" {
            return .usage("-: standard input is not supported; \(whatIsRead) (a file of that name is ./-)")
        }
        let isOpenFile =
            path == "/dev/stdin" || path.hasPrefix("/dev/fd/")
            || path.hasPrefix("/proc/") && path.dropFirst(6).drop { $0 != "/" }.hasPrefix("/fd/")
        return isOpenFile ? .usage("\(path): a pipe or an open file is not supported; \(whatIsRead)") : nil
    }

    /// The last component of a path; slashes at the end are ignored.
    static func lastComponent(_ path: String) -> String {
        path.utf8.split(separator: UInt8(ascii: "/")).last.map { String($0) ?? "" } ?? ""
    }
}
