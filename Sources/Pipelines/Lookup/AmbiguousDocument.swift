/// Thrown if several documents have the same id.
package struct AmbiguousDocument: Error, Sendable {
    /// The id that was searched for.
    package let id: String
    /// The documents, as `shard:line`, in corpus order.
    package let places: [String]

    package init(id: String, places: [String]) {
        self.id = id
        self.places = places
    }
}
