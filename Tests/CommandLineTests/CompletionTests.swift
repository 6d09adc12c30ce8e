import TestSupport
import Testing

/// The completion scripts, as `make install` installs them.
@Suite struct CompletionTests {
    /// bash is always there; fish and zsh are tested if they are installed.
    @Test func pathsAndNamesAreCompleted() throws {
        let folder = try TemporaryFolder()
        let shells = ["bash", "fish", "zsh"]
        for shell in shells {
            let script = try dedup("--generate-completion-script", shell)
            expectSuccess(script)
            try folder.write(script.output, to: shell)
        }
        let check = [Checkout.folder + "/Tests/check-completions.sh"] + shells.map { folder / $0 }
        let outcome = try runCommand(check)
        #expect(outcome.code == 0 && outcome.outputText.hasPrefix("bash"), "\(outcome.error)")
    }

    @Test func everyPathAndEveryNameHasCompletions() throws {
        var paths = 0
        for (words, command) in try HelpTests().root.all() {
            for argument in command.arguments ?? [] {
                let name = argument.names?.first?.name ?? argument.valueName ?? ""
                let expected: String? =
                    switch argument.valueName {
                    case "dir": "directory"
                    case "file", "input": "file"
                    default: name == "input" ? "file" : argument.abstract?.contains("(values: ") == true ? "list" : nil
                    }
                guard let expected else { continue }
                paths += expected == "list" ? 0 : 1
                #expect(argument.completionKind?.keys.first == expected, "\(words.joined(separator: " ")): \(name)")
            }
        }
        #expect(paths > 50)
    }
}
