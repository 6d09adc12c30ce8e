import Basics
import Tokenizers

/// What libFuzzer calls: any bytes, read as a `tokenizer.json`, and as the rest of one that begins with a vocabulary of
/// all bytes, which chance would never find. Each is read or refused; what is read tokenizes the bytes themselves.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let text = UnsafeBufferPointer(start: bytes, count: count)
    read(UnsafeRawBufferPointer(text), text)
    let completed = Array(beginning.utf8) + text + Array("}".utf8)
    completed.withUnsafeBytes { read($0, text) }
    return 0
}

/// As far as the vocabulary's tokens: the input goes on with more of them.
private let beginning: String = {
    let visible = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF) + Array(0x100...0x143)
    let tokens = visible.enumerated().map { id, scalar in
        let character = String(UnicodeScalar(UInt32(scalar))!)
        return "\"" + (character == "\"" || character == "\\" ? "\\" : "") + character + "\":\(id)"
    }
    return #"{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"model":{"vocab":{"#
        + tokens.joined(separator: ",")
}()

private func read(_ file: UnsafeRawBufferPointer, _ text: UnsafeBufferPointer<UInt8>) {
    guard let tokenizer = try? Tokenizer(json: file, name: "fuzz") else { return }
    precondition(tokenizer.idLimit >= 256)
    for special in SpecialTokens.allCases {
        let worker = Tokenizer.Worker(tokenizer, special)
        guard let whole = try? worker.encoding(of: text, addsSpecial: false) else { fatalError("refused") }
        for id in whole.ids { precondition(id >= 0 && id < tokenizer.idLimit && tokenizer.token(id) != nil) }
        if special == .plain {
            guard let decoded = try? tokenizer.decode(whole.ids) else { fatalError("not decoded") }
            // There may be a space before it.
            precondition(decoded.suffix(text.count).elementsEqual(text) && decoded.count <= text.count + 1)
        }
        guard let few = try? worker.encoding(of: text, limit: 3, addsSpecial: false) else { fatalError("refused") }
        precondition(few.ids == Array(whole.ids.prefix(3)))
        guard let pair = try? worker.encoding(of: text, and: text) else { fatalError("refused") }
        precondition(pair.ids.count == pair.typeIDs.count && pair.ids.count >= 2 * whole.ids.count)
    }
}
