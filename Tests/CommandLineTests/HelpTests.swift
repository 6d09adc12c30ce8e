import Foundation
import TestSupport
import Testing

/// The help of every command.
@Suite struct HelpTests {
    /// A command as the argument parser describes it.
    struct Command: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable {
                var kind: String
                var name: String
            }
            /// The part of the parser's description of a completion that is not needed here.
            struct Details: Decodable {}
            var names: [Name]?
            var valueName: String?
            var abstract: String?
            /// The kind of completions that a shell offers, as the only key: `directory`, `file` or `list`.
            var completionKind: [String: Details]?
        }
        var commandName: String
        var defaultSubcommand: String?
        var subcommands: [Command]?
        var arguments: [Argument]?

        /// The options as they are typed: `--out`, `-k`.
        var options: Set<String> {
            Set((arguments ?? []).flatMap { $0.names ?? [] }.map { ($0.kind == "long" ? "--" : "-") + $0.name })
        }

        /// This command and all below it, each with the words that call it.
        func all(_ above: [String] = []) -> [(words: [String], command: Command)] {
            let words = above + [commandName]
            return [(words, self)] + (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { $0.all(words) }
        }

        /// The command that these words of a command line call.
        func called(by words: ArraySlice<String>) -> Command {
            let names = [words.first, defaultSubcommand].compactMap { $0 }
            for name in names {
                guard let next = subcommands?.first(where: { $0.commandName == name }) else { continue }
                return next.called(by: name == words.first ? words.dropFirst() : words)
            }
            return self
        }
    }

    let root: Command

    init() throws {
        struct Dump: Decodable { var command: Command }
        root = try JSONDecoder().decode(Dump.self, from: Data(dedup("--experimental-dump-help").output)).command
    }

    @Test func everyCommandHasAnExampleWhoseOptionsExist() throws {
        let commands = root.all()
        #expect(commands.count > 20)
        for (words, _) in commands {
            let lines = try dedup(Array(words.dropFirst()) + ["--help"]).outputText.split(separator: "\n")
            let examples = lines.drop { $0 != "Example:" }.dropFirst().prefix { $0.hasPrefix("  dedup ") }
            let call = words.joined(separator: " ")
            #expect(!examples.isEmpty, "\(call) --help has no example")
            for example in examples {
                let parts = example.split(separator: " ").map(String.init)
                let called = root.called(by: parts.dropFirst())
                // An alias shows the shorter command: `dedup verify`, `dedup score`.
                let isOwn = parts.starts(with: words) || called.commandName == words.last
                #expect(isOwn, "\(call) --help: \(example)")
                let options = called.options
                for option in parts where option.hasPrefix("-") {
                    #expect(options.contains(option), "\(call) --help: no option \(option)")
                }
            }
        }
    }

    /// The modules name parameters in messages; on the command line each one must be an option.
    @Test func everyParameterOfTheModulesIsAnOption() throws {
        let options = root.all().reduce(into: Set<String>()) { $0.formUnion($1.command.options) }
        let sources = Checkout.folder + "/Sources"
        var names: Set<String> = []
        for path in try #require(FileManager.default.enumerator(atPath: sources)) {
            guard let path = path as? String, path.hasSuffix(".swift") else { continue }
            let text = try String(contentsOfFile: sources + "/" + path, encoding: .utf8)
            for match in text.matches(of: /\bParameter\("([a-z0-9-]+)"\)/) { names.insert(String(match.1)) }
        }
        #expect(names.count > 30)
        for name in names {
            let option = "--" + (name == "replace" ? "force" : name)
            #expect(options.contains(option), "no option for the parameter \(name)")
        }
    }
}
