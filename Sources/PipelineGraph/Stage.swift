/// The first stage of a graph: it produces the items.
package protocol Source<Output>: Actor {
    associatedtype Output: Measured
    /// Sends every item, in order, and returns after the last one.
    func produce(_ output: Outlet<Output>) async throws
}

/// A stage that works on each item by itself. It is called from several threads at once; the graph keeps the results in
/// the order of the items.
package protocol Transform<Input, Output>: Sendable {
    associatedtype Input: Measured
    associatedtype Output: Measured
    /// Returns the output for one item.
    func transform(_ input: Input) throws -> Output
}

/// A stage whose work on an item may depend on the items before it: an actor that receives the items in order.
package protocol OrderedStage<Input, Output>: Actor {
    associatedtype Input: Measured
    associatedtype Output: Measured
    /// Works on one item and sends any number of items to `output`.
    func process(_ input: Input, _ output: Outlet<Output>) async throws
    /// Sends the items that the stage holds back until more items arrive, because an earlier stage asked for it with
    /// `Outlet.flush`. The graph then asks the next stage.
    func flush(_ output: Outlet<Output>) async throws
    /// Called after the last item; it may still send items.
    func finish(_ output: Outlet<Output>) async throws
}

extension OrderedStage {
    package func flush(_ output: Outlet<Output>) async throws {}
    package func finish(_ output: Outlet<Output>) async throws {}
}

/// A last stage of a graph: it consumes the items in order.
package protocol Sink<Input>: Actor {
    associatedtype Input: Measured
    /// Works on one item.
    func consume(_ input: Input) async throws
    /// Called after the last item.
    func finish() async throws
}
