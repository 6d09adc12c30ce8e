extension Error {
    /// The part of a message that says why JSON could not be decoded: the path of the field that is missing or wrong,
    /// if it is known.
    package var fieldAtFault: String {
        let context: DecodingError.Context? =
            switch self as? DecodingError {
            case .keyNotFound(let key, _): .init(codingPath: [key], debugDescription: "")
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
            default: nil
            }
        let path = context?.codingPath.map(\.stringValue).joined(separator: ".") ?? ""
        return path.isEmpty ? "it cannot be read" : "the field '\(path)' is missing or wrong"
    }
}
