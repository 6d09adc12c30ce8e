import ArgumentParser
import Basics
import Corpus

/// The options that say which fields of a line are the text and the id; for all commands that read documents.
struct FieldOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The field of the text, such as content or meta.text; alternatives are separated by commas. If repeated, "
                + "the fields are joined by newlines (default: text).", valueName: "path"))
    var textField: [String] = []

    @Flag(
        name: .customLong("allow-nan"),
        help: "Accept the words NaN, Infinity and -Infinity, which JSON forbids, in fields that are not read.")
    var allowsNaN = false

    /// Returns the text fields in the canonical spelling, which records store; nil if `--text-field` is not given.
    func named() throws(Failure) -> String? {
        if textField.isEmpty { return nil }
        do throws(Failure) {
            return try FieldSelection(textField).description
        } catch {
            throw .usage("--text-field: \(error.message)")
        }
    }

    /// Returns the id field in the canonical spelling, which records store.
    static func id(_ field: String, option: String = "--id-field") throws(Failure) -> String {
        do throws(Failure) {
            return try FieldSelection(id: field).description
        } catch {
            throw .usage("\(option): \(error.message)")
        }
    }

    /// Returns the text fields, or the default.
    func text() throws(Failure) -> String { try named() ?? "text" }
}
