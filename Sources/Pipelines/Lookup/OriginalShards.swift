package import Basics
internal import Corpus
internal import DuplicateIndex
package import OutputStore

/// Finds the input files that the shards of an output were read from.
package struct OriginalShards {
    private var folders: [String: CorpusInput] = [:]
    private let inputs: [Catalog.Input]

    /// - Parameters:
    ///   - named: the paths where inputs are now, as the user gave them: `LABEL=PATH` or `PATH`. They override
    ///     `recorded`.
    ///   - recorded: the inputs of the last run.
    ///   - folder: the working directory of the last run.
    ///   - inputs: the inputs in the output's catalog.
    /// - Throws: a usage error if an argument does not name one of the output's inputs.
    package init(
        named: [String], recorded: [String], in folder: String, inputs: [Catalog.Input]
    ) throws(Failure) {
        self.inputs = inputs
        for argument in recorded {
            guard let input = try? CorpusInput(argument: argument), let name = try? Self.name(of: input) else {
                continue
            }
            let path = input.path.hasPrefix("/") ? input.path : folder + "/" + input.path
            folders[name] = CorpusInput(label: input.label, path: path)
        }
        for argument in named {
            let input = try CorpusInput(argument: argument)
            guard try File.status(at: input.path) != nil else {
                throw .usage("\(Parameter.input(argument)): no such file or folder")
            }
            let name = try Self.name(of: input)
            if inputs.contains(where: { $0.name == name }) {
                folders[name] = input
            } else if inputs.count == 1, input.label == nil {
                folders[inputs[0].name] = input
            } else {
                throw .usage(
                    "\(Parameter.input(argument)): the output has no input \(name); its inputs are "
                        + "\(inputs.map(\.name).joined(separator: ", ")); name one of them: LABEL=\(input.path)")
            }
        }
    }

    private static func name(of input: CorpusInput) throws(Failure) -> String {
        if let label = input.label { label } else { try input.suggestedLabel() }
    }

    /// The file that a shard was read from, if it can still be read.
    package enum Original {
        case path(String)
        /// The file cannot be read, for this reason.
        case none(String)
    }

    /// Returns the file that a shard was read from, if its content is unchanged.
    package func original(of record: Catalog.ShardRecord) throws(Failure) -> Original {
        let place = Parameter.input("\(record.input)=PATH")
        guard let input = folders[record.input] else {
            return .none("the path of the input \(record.input) is not known; give it with \(place)")
        }
        guard let status = try File.status(at: input.path) else {
            return .none("\(input.path) does not exist; give its present path with \(place)")
        }
        let label = inputs.first { $0.name == record.input }?.label
        let relative = Substring(record.name.utf8.dropFirst(label.map { $0.utf8.count + 1 } ?? 0))
        let path = status.isFolder ? input.path + "/" + relative : input.path
        guard let now = try File.status(at: path), now.isRegular else { return .none("\(path) does not exist") }
        var isSame = now.size == record.size
        if isSame && now.modified != record.modified { isSame = try File.digest(of: path).description == record.digest }
        return isSame ? .path(path) : .none("\(path) has changed since the run read it")
    }
}
