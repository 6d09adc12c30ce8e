internal import Basics
internal import JSON

/// The parts of a tokenizer as they are read from its files, after they were checked. Tokens are given by their ids.
struct TokenizerDefinition: ~Copyable {
    /// The file or folder, for error messages.
    let name: String
    private(set) var vocabulary = Vocabulary()
    /// The ids of the tokens of the 256 bytes.
    private(set) var idsOfBytes = Buffer<Int32>()
    private(set) var merges = Buffer<PairTable.Merge>()
    private(set) var added: [AddedToken] = []
    var addsPrefixSpace = false
    var ignoresMerges = false
    var template = Template.none
    /// The text of the token that a merge makes, while its id is looked up.
    private var product = Buffer<UInt8>()

    init(name: String) {
        self.name = name
    }

    /// Reads the vocabulary from an object whose keys are tokens and whose values are ids.
    ///
    /// - Parameter name: the name of the object, for errors.
    /// - Throws: if it is not such an object, if two tokens have the same id, or if a byte has no token.
    mutating func readVocabulary(_ object: JSONValue, name: String) throws(Failure) {
        guard object.kind == .object else {
            throw Failure("\(name) has to be an object of tokens and ids")
        }
        for (key, value) in object.children {
            guard let key else { continue }
            guard let id = value.int.flatMap(Int32.init(exactly:)), id >= 0, id < Int32.max else {
                throw Failure(
                    "\(name): the id of \(shown(key)) is not a whole number from 0 to \(Int32.max - 1); restore the "
                        + "file"
                )
            }
            vocabulary.append(key, id: id)
        }
        try vocabulary.finish(name: name)
        var character = Buffer<UInt8>()
        for byte in UInt8.min...UInt8.max {
            character.removeAll()
            ByteAlphabet.append(CollectionOfOne(byte), to: &character)
            guard let id = vocabulary.id(of: character.elements) else {
                throw Failure(
                    "\(name): no token for the byte \(byte) (\(shown(character.elements))); a byte-level vocabulary "
                        + "has a token for each of the 256")
            }
            idsOfBytes.append(id)
        }
    }

    /// Appends the next merge.
    ///
    /// - Parameter place: where the merge is written, for errors.
    /// - Throws: if one of the two tokens, or the token that they make, is not in the vocabulary.
    mutating func appendMerge(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, place: @autoclosure () -> String
    ) throws(Failure) {
        product.removeAll()
        product.append(contentsOf: left)
        product.append(contentsOf: right)
        guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right),
            let id = vocabulary.id(of: product.elements)
        else {
            let unknown =
                vocabulary.id(of: left) == nil ? left : vocabulary.id(of: right) == nil ? right : product.elements
            throw Failure(
                "\(place()): the merge of \(shown(left)) and \(shown(right)) needs the token \(shown(unknown)), "
                    + "which is not in the vocabulary; vocabulary and merges have to come from the same tokenizer")
        }
        merges.append(PairTable.Merge(left: leftID, right: rightID, product: id))
    }

    /// Appends the next merge, which is written as two tokens with a space between them.
    mutating func appendMerge(
        _ line: UnsafeBufferPointer<UInt8>, place: @autoclosure () -> String
    ) throws(Failure) {
        guard let space = line.firstIndex(of: 0x20), line.lastIndex(of: 0x20) == space else {
            throw Failure("\(place()): \(shown(line)) is not two tokens with a space between them; restore the file")
        }
        try appendMerge(
            UnsafeBufferPointer(rebasing: line[..<space]), UnsafeBufferPointer(rebasing: line[(space + 1)...]),
            place: place())
    }

    /// Appends the added tokens. This has to be done after the merges, which may use only the model's own tokens.
    ///
    /// - Throws: if a token has another id in the vocabulary, or has the id of another token.
    mutating func append(_ tokens: [AddedToken], name: String) throws(Failure) {
        var isNew = false
        for token in tokens {
            if token.content.isEmpty { continue }
            let known = token.content.withUnsafeBufferPointer { vocabulary.id(of: $0) }
            if let known, known != token.id {
                throw Failure(
                    "\(name): \(shown(token.content)) has the id \(token.id) as an added token, and \(known) in the "
                        + "vocabulary; restore the file")
            }
            if known == nil {
                token.content.withUnsafeBufferPointer { vocabulary.append($0, id: token.id) }
                isNew = true
            }
            added.append(token)
        }
        if isNew { try vocabulary.finish(name: name) }
    }
}
