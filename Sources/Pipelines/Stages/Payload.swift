/// The kind of data that one stage of a pipeline hands to the next one, such as documents or sketches.
///
/// A stage may follow another one if it accepts the payload that the other one gives. Modules declare their payloads as
/// static members, beside the type that travels.
package struct Payload: Hashable, Sendable, CustomStringConvertible {
    /// The name that messages use.
    package let description: String

    package init(_ name: String) { description = name }

    /// Documents with their texts, as a source reads them.
    package static let documents = Payload("documents")
    /// Shards whose output is in place and durable.
    package static let output = Payload("output")
    /// Nothing: the payload of the last stage.
    package static let nothing = Payload("nothing")
}
