// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "dedup",
    products: [
        .executable(name: "dedup", targets: ["dedup"]),
        .library(name: "Dedup", targets: ["Dedup"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        // C libraries, and shims no larger than their libraries ask for.
        .systemLibrary(
            name: "CZstd", path: "Sources/C/CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", path: "Sources/C/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CXXHash", path: "Sources/C/CXXHash"),
        .target(name: "CSimdJSON", path: "Sources/C/CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CMinHash", path: "Sources/C/CMinHash"),
        .target(name: "CWords", path: "Sources/C/CWords"),
        .target(name: "CSystem", path: "Sources/C/CSystem", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CUnicodeTables", path: "Sources/C/CUnicodeTables"),
        .target(name: "CEncoder", path: "Sources/C/CEncoder", linkerSettings: [.linkedLibrary("dnnl")]),

        // The layers, from the lowest up: no module imports a higher one. Layer 1.
        .target(name: "Basics", dependencies: ["CXXHash"]),
        .target(name: "JSON", dependencies: ["Basics", "CSimdJSON"]),
        .target(name: "PipelineGraph", dependencies: ["Basics"]),

        // Layer 2.
        .target(name: "Corpus", dependencies: ["Basics", "CZstd", "CZlib", "CSimdJSON"]),
        .target(
            name: "Shingling", dependencies: ["Basics", "CXXHash", "CUnicodeTables", "CWords"],
            exclude: ["Unicode/generate.py"]),
        .target(name: "MinHashLSH", dependencies: ["Basics", "CMinHash", "CXXHash"]),
        .target(name: "Tokenizers", dependencies: ["Basics", "JSON"], exclude: ["Unicode/generate.py"]),
        .target(name: "DeBERTa", dependencies: ["Basics", "CEncoder", "JSON"]),
        .target(
            name: "QualityScoring", dependencies: ["Basics", "JSON", "Shingling"], exclude: ["letter-pairs.py"]),

        // Layer 3.
        .target(name: "DuplicateIndex", dependencies: ["Basics", "CSystem", "Corpus"]),
        .target(
            name: "Reports",
            dependencies: ["Basics", "Corpus", "MinHashLSH", .product(name: "Mustache", package: "swift-mustache")],
            resources: [.embedInCode("Template/report.mustache"), .embedInCode("Template/report.css")]),

        // Layer 4.
        .target(
            name: "OutputStore",
            dependencies: [
                "Basics", "CSystem", "Corpus", "DuplicateIndex", "Reports",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),

        // Layer 5.
        .target(
            name: "Pipelines",
            dependencies: [
                "Basics", "Corpus", "DeBERTa", "DuplicateIndex", "MinHashLSH", "OutputStore", "PipelineGraph",
                "Reports",
                "Shingling", "Tokenizers", .product(name: "Yams", package: "Yams"),
            ],
            exclude: [
                "Pipelines/train-mlm.yaml", "Pipelines/train-mlm-small.yaml", "Pipelines/train-distill-small.yaml",
                "Pipelines/train-contrastive-small.yaml", "Pipelines/train-vectors.yaml",
                "Pipelines/train-vectors-small.yaml",
            ],
            // A link to the folder at the top level: the ready definitions are part of the binary.
            resources: [
                .embedInCode("Pipelines/deberta.yaml"), .embedInCode("Pipelines/recall.yaml"),
                .embedInCode("Pipelines/exact.yaml"), .embedInCode("Pipelines/short-texts.yaml"),
                .embedInCode("Pipelines/embed.yaml"), .embedInCode("Pipelines/deberta-quality.yaml"),
            ]),

        // Layer 6.
        .target(
            name: "Embedding",
            dependencies: [
                "Basics", "Corpus", "DeBERTa", "JSON", "OutputStore", "PipelineGraph", "Pipelines", "QualityScoring",
                "Reports", "Tokenizers",
            ]),
        .target(
            name: "Scoring",
            dependencies: [
                "Basics", "Corpus", "DeBERTa", "Embedding", "JSON", "OutputStore", "PipelineGraph", "Pipelines",
                "QualityScoring", "Reports", "Tokenizers",
            ]),
        .target(
            name: "Deduplication",
            dependencies: [
                "Basics", "Corpus", "DuplicateIndex", "MinHashLSH", "OutputStore", "PipelineGraph", "Pipelines",
                "Reports",
                "Shingling",
            ]),
        .target(
            name: "Training",
            dependencies: [
                "Basics", "CEncoder", "Corpus", "DeBERTa", "Embedding", "JSON", "OutputStore", "PipelineGraph",
                "Pipelines", "QualityScoring", "Scoring", "Tokenizers", .product(name: "Yams", package: "Yams"),
            ]),

        // Layer 7: the library.
        .target(
            name: "Dedup",
            dependencies: [
                "Basics", "Corpus", "DeBERTa", "Deduplication", "DuplicateIndex", "Embedding", "MinHashLSH",
                "OutputStore", "PipelineGraph", "Pipelines", "QualityScoring", "Reports", "Scoring", "Shingling",
                "Tokenizers",
            ]),

        // Layer 8: the command.
        .executableTarget(
            name: "dedup",
            dependencies: [
                "Basics", "CSystem", "Corpus", "DeBERTa", "Dedup", "Deduplication", "Embedding", "MinHashLSH",
                "OutputStore", "Pipelines", "QualityScoring", "Reports", "Scoring", "Tokenizers", "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/CommandLine",
            // The model that ships: beside the binary in a build, in share/dedup/model when it is installed.
            resources: [.copy("Model")]),

        // What the test targets share. It imports no module that a test target is about, except Basics.
        .target(name: "TestSupport", dependencies: ["Basics", "CZstd", "CZlib"], path: "Tests/TestSupport"),
        .testTarget(name: "CorpusTests", dependencies: ["Basics", "Corpus", "CZstd", "CZlib", "TestSupport"]),
        // Runs the built binary from outside.
        .testTarget(
            name: "CommandLineTests", dependencies: ["dedup", "CZstd", "CZlib", "TestSupport"], exclude: ["Fixtures"]),
        .testTarget(
            name: "TokenizersTests", dependencies: ["Basics", "JSON", "TestSupport", "Tokenizers", "Training"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "DeBERTaTests", dependencies: ["Basics", "CEncoder", "DeBERTa", "JSON", "TestSupport", "Tokenizers"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "TrainingTests",
            dependencies: ["Basics", "CEncoder", "DeBERTa", "JSON", "TestSupport", "Tokenizers", "Training"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "QualityScoringTests",
            dependencies: [
                "Basics", "JSON", "PipelineGraph", "QualityScoring", "Shingling", "TestSupport", "Training",
            ],
            exclude: ["Fixtures"]),
        .testTarget(name: "ShinglingTests", dependencies: ["Basics", "CXXHash", "Shingling", "TestSupport"]),
        // Some of these run the binary.
        .testTarget(name: "ReportsTests", dependencies: ["Basics", "Corpus", "Reports", "TestSupport", "dedup"]),
        .testTarget(name: "PipelineGraphTests", dependencies: ["Basics", "PipelineGraph"]),
        .testTarget(name: "MinHashLSHTests", dependencies: ["Basics", "CXXHash", "MinHashLSH", "TestSupport"]),
        .testTarget(
            name: "DuplicateIndexTests",
            dependencies: ["Basics", "Corpus", "DuplicateIndex", "MinHashLSH", "TestSupport"]),
        .testTarget(
            name: "OutputStoreTests",
            dependencies: [
                "Basics", "Corpus", "DuplicateIndex", "OutputStore", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        // Uses the library as another package does, and the binary to compare with.
        .testTarget(name: "LibraryTests", dependencies: ["Dedup", "TestSupport", "dedup"]),
        // The standard pipelines of these are the library's.
        .testTarget(
            name: "PipelinesTests",
            dependencies: [
                "Basics", "Corpus", "Dedup", "Deduplication", "DuplicateIndex", "MinHashLSH", "Pipelines",
                "TestSupport",
            ]),
        .testTarget(
            name: "EmbeddingTests",
            dependencies: ["Basics", "DeBERTa", "Dedup", "Embedding", "Pipelines", "TestSupport"]),
        .testTarget(name: "ScoringTests", dependencies: ["Scoring"]),
        // All that happens when a disk fails is here, for vectors and scores, too: see DurabilityTests.
        .testTarget(
            name: "DeduplicationTests",
            dependencies: [
                "Basics", "CXXHash", "Corpus", "DeBERTa", "Dedup", "Deduplication", "DuplicateIndex", "Embedding",
                "MinHashLSH", "OutputStore", "PipelineGraph", "Pipelines", "QualityScoring", "Reports", "Scoring",
                "Shingling", "TestSupport",
            ]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// Fuzzers link against libFuzzer, which only a build with its sanitizer has: the Makefile sets the variable.
if Context.environment["DEDUP_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "safetensors-fuzz", dependencies: ["Basics", "DeBERTa"], path: "Tests/Fuzz",
            exclude: ["safetensors.dict", "tokenizer.dict", "tokenizer-seeds", "TokenizerFuzz.swift"],
            sources: ["RepairedSafetensors.swift", "SafetensorsFuzz.swift"]))
    package.targets.append(
        .executableTarget(
            name: "tokenizer-fuzz", dependencies: ["Basics", "Tokenizers"], path: "Tests/Fuzz",
            exclude: [
                "safetensors.dict", "tokenizer.dict", "tokenizer-seeds", "RepairedSafetensors.swift",
                "SafetensorsFuzz.swift",
            ],
            sources: ["TokenizerFuzz.swift"]))
}

// The plugin that makes the documentation is a dependency of that alone: the Makefile sets the variable.
if Context.environment["DEDUP_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}

// Programs that measure, each with the folder in Benchmarks of its name: `make bench` sets the variable. As targets of
// this package they reach what has `package` access.
if Context.environment["DEDUP_BENCHMARKS"] != nil {
    package.targets += [
        // Counts allocations and jobs, by replacing functions of the C library and of Swift's runtime.
        .target(name: "CCounts", path: "Benchmarks/CCounts", cSettings: [.define("_GNU_SOURCE")]),
        // The steps of a run one by one, and whole runs.
        .executableTarget(
            name: "dedup-bench",
            dependencies: [
                "Basics", "CCounts", "CSystem", "Corpus", "DeBERTa", "Dedup", "Deduplication", "DuplicateIndex",
                "MinHashLSH", "OutputStore", "PipelineGraph", "Pipelines", "Reports", "Shingling", "Tokenizers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/DedupBench"),
        // Look-ups in an index of any size.
        .executableTarget(
            name: "index-bench", dependencies: ["Basics", "DuplicateIndex"], path: "Benchmarks/IndexBench"),
        // Training on two threads.
        .executableTarget(
            name: "training-bench", dependencies: ["DeBERTa", "Training"], path: "Benchmarks/TrainingBench",
            exclude: ["pytorch.py"]),
        // The tokenizer on one thread.
        .executableTarget(
            name: "tokenizer-bench", dependencies: ["Basics", "Corpus", "Tokenizers"],
            path: "Benchmarks/TokenizerBench"),
    ]
}

// The build of `make test` sets the variable: warnings of this package, though not of others, are then errors.
let isStrict = Context.environment["DEDUP_STRICT"] != nil

for target in package.targets where target.type == .regular || target.type == .executable || target.type == .test {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
    if isStrict {
        target.swiftSettings? += [.treatAllWarnings(as: .error)]
        target.cSettings = (target.cSettings ?? []) + [.treatAllWarnings(as: .error)]
        target.cxxSettings = (target.cxxSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
