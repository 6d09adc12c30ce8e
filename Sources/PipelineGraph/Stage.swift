/// Where items come from.
package protocol Source<Output>: Actor {
    associatedtype Output: Measured
    /// Sends every item, in order, and returns.
    func produce(_ output: Outlet<Output>) async throws
}

/// Pure work on one item at a time: it runs on several threads, and the order of the items stays.
package protocol Transform<Input, Output>: Sendable {
    associatedtype Input: Measured
    associatedtype Output: Measured
    func transform(_ input: Input) throws -> Output
}

/// Work that depends on what came before: an actor that takes the items in order.
package protocol OrderedStage<Input, Output>: Actor {
    associatedtype Input: Measured
    associatedtype Output: Measured
    func process(_ input: Input, _ output: Outlet<Output>) async throws
    /// After the last item.
    func finish(_ output: Outlet<Output>) async throws
}

extension OrderedStage {
    package func finish(_ output: Outlet<Output>) async throws {}
}

/// Where items end.
package protocol Sink<Input>: Actor {
    associatedtype Input: Measured
    func consume(_ input: Input) async throws
    /// After the last item.
    func finish() async throws
}
