import Testing

@testable import Basics
@testable import Corpus

@Suite struct FieldSelectionTests {
    @Test(arguments: [
        ("text", [[["text"]]]), ("meta.text", [[["meta", "text"]]]), (#"meta\.text"#, [[["meta.text"]]]),
        ("content,text", [[["content"], ["text"]]]), (#"a\,b"#, [[["a,b"]]]), (#"a\\.b"#, [[["a\\", "b"]]]),
        (#"a\b"#, [[["a\\b"]]]), ("тело", [[["тело"]]]), ("a b+c", [[["a b+c"]]]),
        (#"["title","body"]"#, [[["title"]], [["body"]]]), (#"["a,b","c.d"]"#, [[["a"], ["b"]], [["c", "d"]]]),
    ])
    func spellingsAreRead(_ text: String, _ keys: [[[String]]]) throws {
        let selection = try FieldSelection(text)
        #expect(selection.fields.map { $0.map(\.keys) } == keys)
        // The stored form parses to the same selection. For a single field, it is the form that earlier versions
        // stored.
        #expect(selection.description == text)
        #expect(try FieldSelection(selection.description) == selection)
    }

    @Test func anyKeysHaveASpelling() throws {
        let parts = ["a", ".", ",", "\\", "\"", "[", "é", "\n"]
        for a in parts {
            for b in parts {
                for c in parts {
                    let path = FieldPath(keys: [a + b, c + a])
                    let spelling = [[path, FieldPath(keys: [b])], [FieldPath(keys: [c])]]
                    let escaped = spelling.map { field in
                        field.map { path in
                            path.keys.map { key in
                                key.unicodeScalars.map { ".,\\".unicodeScalars.contains($0) ? "\\\($0)" : "\($0)" }
                                    .joined()
                            }.joined(separator: ".")
                        }.joined(separator: ",")
                    }
                    let selection = try FieldSelection(escaped)
                    #expect(selection.fields == spelling)
                    #expect(try FieldSelection(selection.description) == selection)
                }
            }
        }
    }

    @Test(arguments: ["", ".", "a.", ".a", "a..b", "a,", ",a", "a,,b", #"["a",""]"#])
    func impossibleSpellingsAreRefused(_ text: String) {
        let error = #expect(throws: Failure.self) { try FieldSelection(text) }
        #expect(error?.kind == .usage)
    }

    @Test func anIdIsOneField() throws {
        #expect(try FieldSelection(id: "id,_id").fields.count == 1)
        #expect(try FieldSelection(id: #"["a"]"#).fields == [[FieldPath(keys: [#"["a"]"#])]])
    }
}
