package import Basics

/// One `INPUT` of a command: a file or folder, and the label that its shards' names begin with.
package struct CorpusInput: Sendable, Hashable {
    /// The first component of its shards' identities; nil for none.
    package let label: String?
    /// The path to open, as it was given.
    package let path: String

    package init(label: String? = nil, path: String) {
        self.label = label
        self.path = path
    }

    /// Reads an argument: `PATH` or `LABEL=PATH`.
    ///
    /// A file or folder of the argument's whole name goes before a label (`crawl/date=2024` is a path), and so does a
    /// slash before the `=`.
    ///
    /// - Throws: a usage error when the label cannot be a folder's name, or nothing follows it.
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

    /// Whether `label` can be a component of a path, and one that globs find.
    package static func isLabel(_ label: String) -> Bool {
        guard let first = label.utf8.first, first != UInt8(ascii: ".") else { return false }
        return !label.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }

    /// The label the path itself suggests: its last component, as it was given; for `.`, `..` and the like that of the
    /// folder meant.
    ///
    /// - Throws: a usage error when nothing is there, or the name cannot be a label.
    package func suggestedLabel() throws(Failure) -> String {
        var name = Self.lastComponent(path)
        if name.isEmpty || name == "." || name == ".." {
            guard let real = try File.realPath(path) else { throw Self.missing(path) }
            name = Self.lastComponent(real)
        }
        guard Self.isLabel(name) else {
            throw .usage("\(path): its name cannot be the label of its shards; say LABEL=\(path)")
        }
        return name
    }

    /// What the input is called: its label or, for want of one, its base name.
    package func name() throws(Failure) -> String {
        if let label { return label }
        let name = Self.lastComponent(path)
        if !name.isEmpty && name != "." && name != ".." { return name }
        guard let real = try File.realPath(path) else { throw Self.missing(path) }
        return Self.lastComponent(real)
    }

    /// The inputs of a run with their labels. An input that an earlier run had keeps the label it got then, so that
    /// `NAME=PATH` says where the input NAME is now, even where its shards' names begin with no label. Of new ones
    /// several get their base names, where they have no label yet; the only input of a first run needs none.
    ///
    /// - Parameter known: the inputs of earlier runs, by name.
    /// - Throws: a usage error when two have the same name.
    package static func labelled(
        _ inputs: [CorpusInput], known: [(name: String, label: String?)] = []
    ) throws(Failure) -> [CorpusInput] {
        var labelled: [CorpusInput] = []
        var paths: [BytewiseName: String] = [:]
        for input in inputs {
            let name = try input.name()
            if let other = paths.updateValue(input.path, forKey: BytewiseName(name)) {
                throw .usage(
                    "\(other) and \(input.path): two inputs with the label \"\(name)\"; give one another: LABEL=PATH")
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

    static func missing(_ path: String) -> Failure {
        if let refusal = refusal(of: path) { return refusal }
        if path.contains(where: { "*?[{".contains($0) }) {
            return .usage(
                "\(path): no such file or folder; a pattern in quotes is not expanded: leave out the quotes, or give the "
                    + "folder with --glob PATTERN")
        }
        return .usage("\(path): no such file or folder")
    }

    /// What an input can be, for messages.
    static let whatIsRead =
        "shards are read from files and folders, as they are read more than once; write what a pipe gives to a file"

    /// Why what a path stands for is never read, whatever is there: the standard input by any of its names, and what only
    /// this process has open; nil for any other path.
    private static func refusal(of path: String) -> Failure? {
        if path == "-" {
            return .usage("-: the standard input is no input; \(whatIsRead) (a file of that name is ./-)")
        }
        let isOpenFile =
            path == "/dev/stdin" || path.hasPrefix("/dev/fd/")
            || path.hasPrefix("/proc/") && path.dropFirst(6).drop { $0 != "/" }.hasPrefix("/fd/")
        return isOpenFile ? .usage("\(path): a pipe or an open file is no input; \(whatIsRead)") : nil
    }

    /// What follows the last slash, slashes at the end aside.
    static func lastComponent(_ path: String) -> String {
        path.utf8.split(separator: UInt8(ascii: "/")).last.map { String($0) ?? "" } ?? ""
    }
}
