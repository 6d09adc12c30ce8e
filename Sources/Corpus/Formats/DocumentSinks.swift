/// The sinks of all formats: the one place that decides which sink writes a shard. `DocumentFormats` does the same for
/// reading.
package struct DocumentSinks: Sendable {
    private let formats: DocumentFormats
    private let sinks: [any DocumentSink]

    /// - Parameter level: the level of compression.
    package init(level: Int, formats: DocumentFormats = .standard) {
        self.formats = formats
        sinks = formats.all.map { $0.sink(level: level) }
    }

    /// The sink of the lists that dedup writes beside the shards, which are JSON Lines.
    package var lists: any DocumentSink { sinks[sinks.count - 1] }

    /// The sink of a shard's format.
    package func sink(of shard: Shard) -> any DocumentSink { sinks[formats.index(of: shard)] }
}
