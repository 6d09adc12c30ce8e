package import Basics
internal import Foundation
internal import Yams

/// Reads a definition:
///
///     pipeline: NAME
///     stages:
///       - read
///       - words: {normalization: nfc}
package struct PipelineParser: Sendable {
    /// The stages that a definition can name.
    private let stages: StageRegistry

    package init(stages: StageRegistry) { self.stages = stages }

    /// The definitions that are part of the binary, by name.
    package static let builtIn: [String: String] = [
        "deberta": String(decoding: PackageResources.deberta_yaml, as: UTF8.self),
        "recall": String(decoding: PackageResources.recall_yaml, as: UTF8.self),
        "exact": String(decoding: PackageResources.exact_yaml, as: UTF8.self),
        "deberta-quality": String(decoding: PackageResources.deberta_quality_yaml, as: UTF8.self),
        "embed": String(decoding: PackageResources.embed_yaml, as: UTF8.self),
        "short-texts": String(decoding: PackageResources.short_texts_yaml, as: UTF8.self),
    ]

    package static let defaultName = "deberta"

    /// The definition in a file, or the built-in one of that name.
    package func load(_ nameOrPath: String) throws(Failure) -> PipelineDefinition {
        if let text = Self.builtIn[nameOrPath] { return try parse(text, source: nameOrPath) }
        guard try File.status(at: nameOrPath) != nil else {
            throw .usage(
                "\(nameOrPath): no such pipeline; it is a file or one of "
                    + Self.builtIn.keys.sorted().joined(separator: ", "))
        }
        return try parse(File.definition(nameOrPath), source: nameOrPath)
    }

    package func parse(_ text: String, source: String) throws(Failure) -> PipelineDefinition {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw Self.yamlFailure(error, source, text)
        } catch {
            throw .usage("\(source): \(error)")
        }
        let reader = Reader(source: source, registry: stages)
        guard let root, let top = root.mapping else {
            throw reader.fault(root, "a pipeline has the keys 'pipeline' and 'stages'")
        }
        var name = source
        var entries: [PipelineDefinition.Entry]?
        for (key, value) in top {
            switch key.string {
            case "pipeline": name = try reader.scalar(value, "the pipeline's name")
            case "stages": entries = try reader.stages(value)
            default: throw reader.fault(key, "unknown key '\(key.string ?? "?")'; known are pipeline, stages")
            }
        }
        guard let entries, !entries.isEmpty else { throw reader.fault(root, "there are no stages") }
        let definition = PipelineDefinition(name: name, source: source, entries: entries, registry: stages)
        try definition.validate()
        return definition
    }

    private static func yamlFailure(_ error: YamlError, _ source: String, _ text: String) -> Failure {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .usage("\(source), line \(mark.line): not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            .usage(
                "\(source), line \(secondLine(of: "\(duplicates[0])", in: text, from: context.mark.line)): "
                    + "'\(duplicates[0])' is there twice")
        default:
            .usage("\(source): not YAML: \(error)")
        }
    }

    /// Returns the line where a key occurs for the second time. The YAML parser says only where the mapping begins, so
    /// the lines after `first` are searched; if the key is not found twice there, `first` is returned.
    private static func secondLine(of key: String, in text: String, from first: Int) -> Int {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var found = 0
        for (number, line) in zip(1..., lines) where number >= first {
            let words = line.prefix { $0 != "#" }.split { " \t{,".contains($0) }
            found += words.count { $0 == key + ":" }
            if found > 1 { return number }
        }
        return first
    }

    private struct Reader {
        let source: String
        let registry: StageRegistry

        func fault(_ node: Node?, _ message: String) -> Failure {
            .usage(source + (node?.mark.map { ", line \($0.line)" } ?? "") + ": " + message)
        }

        func scalar(_ node: Node, _ what: String) throws(Failure) -> String {
            guard let text = node.scalar?.string else { throw fault(node, "\(what) is a plain value") }
            return text
        }

        /// The value of an option as one text. An option that accepts a list says how its items are joined.
        func text(_ node: Node, of option: String, _ form: StageOptionForm?) throws(Failure) -> String {
            guard case .list(let join)? = form, let list = node.sequence else {
                guard let text = node.scalar?.string else { throw .usage("the value of '\(option)' is a plain value") }
                return text
            }
            var items: [String] = []
            for item in list {
                guard let text = item.scalar?.string else { throw .usage("'\(option)' is a field, or a list of them") }
                items.append(text)
            }
            return try join(items)
        }

        func stages(_ node: Node) throws(Failure) -> [PipelineDefinition.Entry] {
            guard let list = node.sequence else { throw fault(node, "'stages' is a list") }
            var entries: [PipelineDefinition.Entry] = []
            for item in list { entries.append(try stage(item)) }
            return entries
        }

        /// `- report`, or `- words: {normalization: nfc}`.
        private func stage(_ node: Node) throws(Failure) -> PipelineDefinition.Entry {
            var nameNode = node
            var options: Node?
            if let mapping = node.mapping {
                guard mapping.count == 1, let (key, value) = mapping.first else {
                    throw fault(node, "a stage is one name with its options below it, indented further")
                }
                nameNode = key
                options = value
            }
            let name = try scalar(nameNode, "a stage's name")
            guard let kind = registry[name] else {
                throw fault(
                    nameNode, "there is no stage '\(name)'; there are \(registry.names.joined(separator: ", "))")
            }
            var stage = kind.init()
            let line = nameNode.mark?.line
            guard let options, options.scalar?.string != "" && options.tag != Tag(.null) else {
                return PipelineDefinition.Entry(stage, line: line)
            }
            guard let mapping = options.mapping else {
                throw fault(options, "the options of '\(name)' are names with values")
            }
            for (key, value) in mapping {
                let option = try scalar(key, "an option's name")
                let form = registry.options.first { $0.stage == name && $0.key == option }?.form
                do throws(Failure) {
                    try stage.set(option, to: try text(value, of: option, form))
                } catch {
                    throw fault(key, error.message)
                }
            }
            return PipelineDefinition.Entry(stage, line: line)
        }
    }
}
