internal import Synchronization

/// Reusable workspaces (parsers, buffers, compressors): each is used by one thread at a time.
package final class Pool<Element>: @unchecked Sendable {
    private let idle = Mutex<[Element]>([])
    private let make: @Sendable () throws -> Element

    package init(_ make: @escaping @Sendable () throws -> Element) {
        self.make = make
    }

    /// Lends an idle element, or a new one, to `work`.
    package func with<Result>(_ work: (Element) throws -> Result) throws -> Result {
        let lent = idle.withLock { Lent($0.popLast()) }
        let element = try lent.element ?? make()
        defer {
            let back = Lent(element)
            idle.withLock { $0.append(back.element!) }
        }
        return try work(element)
    }

    /// What crosses the lock: an element that one thread holds at a time.
    private struct Lent: @unchecked Sendable {
        let element: Element?
        init(_ element: Element?) { self.element = element }
    }
}
