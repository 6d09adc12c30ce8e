import Basics

extension Parameter {
    /// The options that are not called as their parameter is.
    private static let renamedOptions: [Parameter: String] = [.replace: "force"]

    /// The option that sets the parameter: `--memory`.
    var option: String { "--" + (Self.renamedOptions[self] ?? name) }

    /// Makes messages name options instead of parameters.
    static func spellAsOptions() {
        spell { parameter, value in parameter.option + (value.map { " " + $0 } ?? "") }
    }
}
