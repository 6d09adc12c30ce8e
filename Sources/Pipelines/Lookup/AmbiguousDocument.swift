/// An id that several documents have, with their places.
package struct AmbiguousDocument: Error, Sendable {
    package let id: String
    /// `shard:line`, in the order of the corpus.
    package let places: [String]

    package init(id: String, places: [String]) {
        self.id = id
        self.places = places
    }
}
