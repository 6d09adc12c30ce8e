package import Basics

/// Where a field stands in a document: its keys from the outermost object inwards, written `meta.text`.
package struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    package let keys: [String]

    package init(_ path: String) throws(Failure) {
        keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if keys.contains("") {
            throw .usage("'\(path)' is no field: expected a name, or names joined by dots as in meta.text")
        }
    }

    package var description: String { keys.joined(separator: ".") }
}
