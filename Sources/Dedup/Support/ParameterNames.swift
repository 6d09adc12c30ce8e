internal import Basics

extension Parameter {
    /// The properties of this library's types that are not called as the parameter is.
    private static let propertyNames: [String: String] = [
        "against": "earlierOutputs",
        "against-changed": "acceptsChangedEarlierOutputs",
        "allow-mostly-bad": "allowsMostlyBadShards",
        "appended": "readsAppendedLines",
        "embeddings": "vectors",
        "exclude": "excludes",
        "follow-links": "followsLinks",
        "glob": "includes",
        "input": "inputs",
        "on-bad-line": "badLines",
        "out": "output",
        "replace": "replacesOutput",
        "strict-inputs": "failsOnMissingShards",
        "strict-order": "failsOnShardsOutOfOrder",
    ]

    /// Makes messages name the properties of this library's types, unless the program names parameters otherwise.
    static let areNamedAsProperties: Void = spellByDefault { parameter, value in
        let words = parameter.name.split(separator: "-")
        let camelCase = words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
        return "the parameter \(propertyNames[parameter.name] ?? camelCase)" + (value.map { " = \($0)" } ?? "")
    }
}

extension Substring {
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
