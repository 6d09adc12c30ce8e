internal import DeBERTa
internal import Tokenizers

extension TrainedTokenizer {
    /// The files of the tokenizer, with their names, in the formats of Hugging Face's `tokenizers` and `transformers`.
    ///
    /// `tokenizer.json` is sufficient; `vocab.json` and `merges.txt` are for programs that do not read it. These three
    /// are byte for byte what `tokenizers` 0.23 writes for the same tokenizer.
    package var files: [(name: String, text: String)] {
        [
            ("vocab.json", vocabularyText), ("merges.txt", mergesText), ("tokenizer_config.json", Self.settings),
            ("special_tokens_map.json", Self.specialTokens), ("tokenizer.json", tokenizerText),
        ]
    }

    private var vocabularyText: String {
        "{" + (0..<count).map { "\(quoted(text($0))):\($0)" }.joined(separator: ",") + "}"
    }

    private var mergesText: String {
        mergedTexts.reduce(into: "#version: 0.2\n") { $0 += $1.left + " " + $1.right + "\n" }
    }

    private var tokenizerText: String {
        var text = """
            {
              "version": "1.0",
              "truncation": null,
              "padding": null,
              "added_tokens": [

            """
        text += TokenizerTrainer.special.enumerated().map(addedToken).joined(separator: ",\n") + "\n"
        text += Self.pipeline
        text += (0..<count).map { "      \(quoted(self.text($0))): \($0)" }.joined(separator: ",\n")
        text += "\n    },\n    \"merges\": ["
        let merges = mergedTexts.map { "\n      [\n        \(quoted($0)),\n        \(quoted($1))\n      ]" }
        text += merges.joined(separator: ",") + (merges.isEmpty ? "" : "\n    ")
        return text + "]\n  }\n}"
    }

    private func addedToken(_ id: Int, _ content: String) -> String {
        """
            {
              "id": \(id),
              "content": \(quoted(content)),
              "single_word": false,
              "lstrip": \(content == "<mask>"),
              "rstrip": false,
              "normalized": false,
              "special": true
            }
        """
    }

    /// A string as a JSON string. The characters that represent bytes include no control characters.
    private func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    private static let pipeline = """
          ],
          "normalizer": null,
          "pre_tokenizer": {
            "type": "ByteLevel",
            "add_prefix_space": false,
            "trim_offsets": true,
            "use_regex": true
          },
          "post_processor": {
            "type": "RobertaProcessing",
            "sep": [
              "</s>",
              2
            ],
            "cls": [
              "<s>",
              0
            ],
            "trim_offsets": true,
            "add_prefix_space": false
          },
          "decoder": {
            "type": "ByteLevel",
            "add_prefix_space": true,
            "trim_offsets": true,
            "use_regex": true
          },
          "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": false,
            "byte_fallback": false,
            "ignore_merges": false,
            "vocab": {

        """

    private static let settings = """
        {
          "add_prefix_space": false,
          "bos_token": "<s>",
          "cls_token": "<s>",
          "eos_token": "</s>",
          "errors": "replace",
          "mask_token": {
            "__type": "AddedToken",
            "content": "<mask>",
            "lstrip": true,
            "normalized": false,
            "rstrip": false,
            "single_word": false
          },
          "model_max_length": 512,
          "pad_token": "<pad>",
          "sep_token": "</s>",
          "tokenizer_class": "RobertaTokenizer",
          "trim_offsets": true,
          "unk_token": "<unk>"
        }

        """

    private static let specialTokens = """
        {
          "bos_token": "<s>",
          "cls_token": "<s>",
          "eos_token": "</s>",
          "mask_token": {
            "content": "<mask>",
            "lstrip": true,
            "normalized": false,
            "rstrip": false,
            "single_word": false
          },
          "pad_token": "<pad>",
          "sep_token": "</s>",
          "unk_token": "<unk>"
        }

        """
}
