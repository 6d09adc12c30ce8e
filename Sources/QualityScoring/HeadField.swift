internal import Basics
internal import JSON

/// A value of the file together with its name there (`outputs[0].bias`), for error messages. Each accessor checks the
/// type and the range of the value.
struct HeadField {
    let value: JSONValue?
    let path: String
    let name: String

    subscript(key: String) -> HeadField {
        HeadField(value: value?[key], path: path, name: name.isEmpty ? key : "\(name).\(key)")
    }

    /// Reads a value that may be null; returns nil for null.
    func optional<Value>(_ read: (HeadField) throws(Failure) -> Value) throws(Failure) -> Value? {
        if let value, value.isNull { return nil }
        return try read(self)
    }

    func refuse(_ what: String) -> Failure {
        Failure(
            "\(path): damaged: '\(name)' \(value == nil ? "is missing" : what); restore the file or train the head "
                + "again")
    }

    func string() throws(Failure) -> String {
        guard let string = value?.string else { throw refuse("has to be a string") }
        return string
    }

    func int(_ range: ClosedRange<Int>) throws(Failure) -> Int {
        guard let int = value?.int, range.contains(int) else { throw refuse("has to be a whole number in its range") }
        return int
    }

    func double() throws(Failure) -> Double {
        guard let double = value?.double, double.isFinite else { throw refuse("has to be a number") }
        return double
    }

    func bool() throws(Failure) -> Bool {
        guard let bool = value?.bool else { throw refuse("has to be true or false") }
        return bool
    }

    func list<Element>(_ read: (HeadField) throws(Failure) -> Element) throws(Failure) -> [Element] {
        guard let value, value.kind == .array else { throw refuse("has to be a list") }
        var list: [Element] = []
        for (index, (_, element)) in value.elements.enumerated() {
            list.append(try read(HeadField(value: element, path: path, name: "\(name)[\(index)]")))
        }
        return list
    }

    func doubles(_ count: Int) throws(Failure) -> [Double] {
        let doubles = try list { field throws(Failure) in try field.double() }
        guard doubles.count == count else { throw refuse("has \(doubles.count) numbers, not \(count)") }
        return doubles
    }
}
