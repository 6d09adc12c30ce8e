internal import Basics

/// Encodes text without added tokens: splits it into pieces, and takes the ids of each piece from the cache or from the
/// merges.
struct PieceEncoder: ~Copyable {
    /// The cache has 2 to this power entries, which take 4 MiB.
    private static let cacheBits = 16

    private let tokenizer: Tokenizer
    private let special: SpecialTokens
    private let byteIDs: UnsafePointer<Int32>
    private let cache = PieceCache(bits: cacheBits)
    private var merger: PairMerger
    /// A copy of the text with a space before it, for tokenizers that add one.
    private var spaced = Buffer<UInt8>()
    /// A piece in the characters of the vocabulary (see `ByteAlphabet`).
    private var written = Buffer<UInt8>()

    init(_ tokenizer: Tokenizer, _ special: SpecialTokens) {
        self.tokenizer = tokenizer
        self.special = special
        byteIDs = tokenizer.byteIDs
        merger = PairMerger(merges: tokenizer.merges(special), byteIDs: tokenizer.byteIDs)
    }

    /// Appends the ids of a text, piece by piece, until the buffer has at least `limit` ids.
    ///
    /// - Returns: whether the whole text was encoded.
    mutating func append(_ text: UnsafeBufferPointer<UInt8>, to ids: inout Buffer<Int32>, limit: Int) -> Bool {
        guard let start = text.baseAddress, !text.isEmpty else { return true }
        if !tokenizer.addsPrefixSpace || start[0] == 0x20 { return append(start, text.count, to: &ids, limit) }
        spaced.removeAll()
        spaced.append(0x20)
        spaced.append(contentsOf: text)
        // The buffer is moved out of the struct, because `append` below has exclusive access to the struct.
        var own = Buffer<UInt8>()
        swap(&own, &spaced)
        let isWhole = append(UnsafePointer(own.reserve(0) - own.count), own.count, to: &ids, limit)
        if own.count <= 1 << 20 { swap(&own, &spaced) }
        return isWhole
    }

    private mutating func append(
        _ text: UnsafePointer<UInt8>, _ count: Int, to ids: inout Buffer<Int32>, _ limit: Int
    ) -> Bool {
        let scanner = PieceScanner(text, count)
        var start = 0
        while start < count {
            if ids.count >= limit { return false }
            let end = scanner.end(ofPieceAt: start)
            append(piece: text + start, end - start, readable: count - start, to: &ids)
            start = end
        }
        return true
    }

    /// - Parameter readable: the number of bytes from the beginning of the piece to the end of the text.
    @inline(__always)
    private mutating func append(
        piece: UnsafePointer<UInt8>, _ count: Int, readable: Int, to ids: inout Buffer<Int32>
    ) {
        if count == 1 {
            ids.append(byteIDs[Int(piece[0])])
        } else if count <= PieceCache.longestPiece {
            let key =
                readable >= PieceCache.longestPiece
                ? PieceCache.Key(reading: piece, count) : PieceCache.Key(copying: piece, count)
            let hash = key.hash(count)
            if !cache.append(key, count, hash: hash, to: &ids) {
                let first = ids.count
                merge(piece, count, to: &ids)
                cache.insert(key, count, hash: hash, ids.slice(first..<ids.count))
            }
        } else {
            merge(piece, count, to: &ids)
        }
    }

    @inline(never)
    private mutating func merge(_ piece: UnsafePointer<UInt8>, _ count: Int, to ids: inout Buffer<Int32>) {
        if tokenizer.ignoresMerges, let id = wholeToken(piece, count) {
            ids.append(id)
        } else {
            merger.append(piece, count, to: &ids)
        }
    }

    /// The id of the token that is the whole piece; nil if there is none. Used for tokenizers that prefer such a token
    /// to merges. If special tokens are read as plain text, the result is never the id of a special token.
    private mutating func wholeToken(_ piece: UnsafePointer<UInt8>, _ count: Int) -> Int32? {
        if count > tokenizer.longestToken { return nil }
        written.removeAll()
        ByteAlphabet.append(UnsafeBufferPointer(start: piece, count: count), to: &written)
        guard let id = tokenizer.vocabulary.modelID(of: written.elements) else { return nil }
        return special == .plain && tokenizer.added.specialIDs.contains(id) ? nil : id
    }
}
