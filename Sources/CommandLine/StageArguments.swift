import ArgumentParser
import Basics
import Dedup
import Pipelines

/// The options of `dedup run` that set options of stages, and those that give the folders of stages.
///
/// Nothing here names a stage: names, help texts, defaults and values come from the declarations of the stages. The
/// parser finds the options of a group by reflection over its properties. So `customMirror` lists the declared options
/// as if they were properties.
struct StageArguments: ParsableArguments, CustomReflectable {
    /// The values that were given, by the names of the parameters. A flag has the value "true".
    private var values: [String: [String]] = [:]

    init() {}

    private static let options: [(parameter: String, option: StageRegistry.OptionDescription)] =
        StageRegistry.standard.options.compactMap { option in option.parameter.map { ($0, option) } }

    private static let folders: [StageFolder] = StageRegistry.standard.stages.compactMap { $0.folder }

    /// The options that were given, in the order of the stages.
    func settings() throws(Failure) -> [CorpusRun.Setting] {
        var settings: [CorpusRun.Setting] = []
        for (parameter, option) in Self.options {
            guard let given = values[parameter], let last = given.last else { continue }
            var value = last
            if case .list(let join) = option.form {
                do throws(Failure) { value = try join(given) } catch {
                    throw .usage("--\(parameter): \(error.message)")
                }
            }
            settings.append(.init(.init(Parameter(parameter), option.stage, option.key, value)))
        }
        return settings
    }

    /// The folders that were given, by the names of their parameters.
    func folders() throws(Failure) -> [String: String] {
        var folders: [String: String] = [:]
        for folder in Self.folders {
            guard let path = values[folder.parameter]?.last else { continue }
            try LocalPath.check(path)
            folders[folder.parameter] = path
        }
        return folders
    }

    // MARK: Parsing

    var customMirror: Mirror {
        var children: [Mirror.Child] = Self.options.map { parameter, option in
            ("_" + parameter, Self.argument(parameter, option))
        }
        for folder in Self.folders {
            children.append(
                (
                    "_" + folder.parameter,
                    Option<String?>(
                        wrappedValue: nil, name: .customLong(folder.parameter),
                        help: ArgumentHelp(stringLiteral: folder.help + ".").named("dir"), completion: .directory)
                ))
        }
        return Mirror(self, children: children)
    }

    private static func argument(_ parameter: String, _ option: StageRegistry.OptionDescription) -> Any {
        let name = NameSpecification.customLong(parameter)
        switch option.form {
        case .flag:
            return Flag<Bool>(wrappedValue: false, name: name, help: ArgumentHelp(stringLiteral: option.help + "."))
        case .list:
            return Option<[String]>(wrappedValue: [], name: name, help: help(option))
        case .value, .choice, .path:
            return Option<String?>(
                wrappedValue: nil, name: name, parsing: option.allowsMinus ? .unconditional : .next, help: help(option),
                completion: completion(option.form))
        }
    }

    /// The help text, with the values and the default as the parser appends them to other options.
    private static func help(_ option: StageRegistry.OptionDescription) -> ArgumentHelp {
        var facts: [String] = []
        if case .choice(let names) = option.form { facts.append("values: " + names.joined(separator: ", ")) }
        if let value = option.defaultText { facts.append("default: " + value) }
        let text = option.help + "." + (facts.isEmpty ? "" : " (\(facts.joined(separator: "; ")))")
        return ArgumentHelp(stringLiteral: text).named(option.valueName)
    }

    /// What a shell offers as the value of an option.
    private static func completion(_ form: StageOptionForm) -> CompletionKind? {
        switch form {
        case .choice(let names): .list(names)
        case .path(.folder): .directory
        case .path(.file): .file()
        case .value, .flag, .list: nil
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for (parameter, option) in Self.options {
            let key = Key(parameter)
            switch option.form {
            case .flag:
                if try container.decode(Flag<Bool>.self, forKey: key).wrappedValue { values[parameter] = ["true"] }
            case .list:
                let given = try container.decode(Option<[String]>.self, forKey: key).wrappedValue
                if !given.isEmpty { values[parameter] = given }
            case .value, .choice, .path:
                values[parameter] = try container.decode(Option<String?>.self, forKey: key).wrappedValue.map { [$0] }
            }
        }
        for folder in Self.folders {
            let given = try container.decode(Option<String?>.self, forKey: Key(folder.parameter)).wrappedValue
            values[folder.parameter] = given.map { [$0] }
        }
    }
}

extension ArgumentHelp {
    /// The same help with a name for the option's value.
    fileprivate func named(_ valueName: String) -> ArgumentHelp {
        var help = self
        help.valueName = valueName
        return help
    }
}
