/// Reusable workspaces such as parsers, buffers and compressors. Each is used by one thread at a time.
package final class Pool<Element>: @unchecked Sendable {
    private let idle = Locked<[Element]>([])
    private let make: @Sendable () throws -> Element

    /// - Parameter make: creates a workspace when all others are in use.
    package init(_ make: @escaping @Sendable () throws -> Element) {
        self.make = make
    }

    /// Calls `work` with an idle workspace, or with a new one.
    package func with<Result>(_ work: (Element) throws -> Result) throws -> Result {
        let element = try idle.withLock { $0.popLast() } ?? make()
        defer { idle.withLock { $0.append(element) } }
        return try work(element)
    }
}
