/// Reusable workspaces (parsers, buffers, compressors): each is used by one thread at a time.
package final class Pool<Element>: @unchecked Sendable {
    private let idle = Locked<[Element]>([])
    private let make: @Sendable () throws -> Element

    package init(_ make: @escaping @Sendable () throws -> Element) {
        self.make = make
    }

    /// Lends an idle element, or a new one, to `work`.
    package func with<Result>(_ work: (Element) throws -> Result) throws -> Result {
        let element = try idle.withLock { $0.popLast() } ?? make()
        defer { idle.withLock { $0.append(element) } }
        return try work(element)
    }
}
